package audiocodes

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// statusError is the error of an answer outside 2xx, with how long the device asks to wait.
func (c *Client) statusError(operation string, answer *http.Response, body []byte) *Error {
	failed := refusedBy(operation, answered{answer.StatusCode, answer.Header, body}, c.secrets)
	if failed.kind == ErrBusy {
		failed.After = retryAfter(answer.Header, c.options.Now())
	}
	return failed
}

// retryAfter reads Retry-After (RFC 9110, section 10.2.3), which holds seconds or a time. It compares a time with the
// Date of the same answer, because the device's clock may be wrong. An unreadable or past time gives 0.
func retryAfter(header http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return wholeSeconds(text)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return max(0, until.Sub(now))
}

// wholeSeconds reads a number of seconds; one that overflows becomes the longest possible time.
func wholeSeconds(digits string) time.Duration {
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || seconds > int64(math.MaxInt64/time.Second) {
		return math.MaxInt64
	}
	return time.Duration(seconds) * time.Second
}

const day = 24 * time.Hour

func waitText(wait time.Duration) string {
	if wait > day {
		return "more than a day"
	}
	return wait.Round(time.Second).String()
}

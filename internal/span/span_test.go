package span_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/internal/span"
	"github.com/stretchr/testify/assert"
)

func TestWordsAreRoundedUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		length, unit time.Duration
		want         string
	}{
		{0, time.Minute, "no time"},
		{time.Nanosecond, time.Second, "1 second"},
		{time.Second, time.Minute, "1 minute"},
		{time.Minute, time.Minute, "1 minute"},
		{time.Minute + 1, time.Minute, "2 minutes"},
		{59*time.Minute + 1, time.Minute, "1 hour"},
		{168 * time.Hour, time.Minute, "7 days"},
		{168*time.Hour + time.Second, time.Minute, "7 days 1 minute"},
		{25*time.Hour + 61*time.Second, time.Second, "1 day 1 hour 1 minute 1 second"},
		{90 * time.Second, time.Nanosecond, "1 minute 30 seconds"},
	} {
		assert.Equal(t, test.want, span.Words(test.length, test.unit), "%s by %s", test.length, test.unit)
	}
}

func TestShortCountsDown(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]string{
		-time.Second:                        "0 s",
		0:                                   "0 s",
		time.Nanosecond:                     "1 s",
		59 * time.Second:                    "59 s",
		59*time.Second + 1:                  "1 min",
		4*time.Minute + 10*time.Second:      "4 min 10 s",
		10 * time.Minute:                    "10 min",
		59*time.Minute + 59*time.Second + 1: "1 h",
		9 * time.Hour:                       "9 h",
		9*time.Hour + time.Second:           "9 h 1 min",
		23*time.Hour + 59*time.Minute + time.Second: "1 d",
		23*time.Hour + time.Minute:                  "23 h 1 min",
		51 * time.Hour:                              "2 d 3 h",
		168*time.Hour + time.Minute:                 "7 d 1 h",
	} {
		assert.Equal(t, want, span.Short(length), length)
	}
}

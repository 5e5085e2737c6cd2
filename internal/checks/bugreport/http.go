package bugreport

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// answer is one observation without its body.
type answer struct {
	Path         string             `json:"path"`
	Status       int                `json:"status"`
	Bytes        int                `json:"bytes"`
	Oversized    bool               `json:"oversized"`
	Framing      audiocodes.Framing `json:"framing"`
	Closes       bool               `json:"closes"`
	Reused       bool               `json:"reused"`
	Scheme       string             `json:"scheme"`
	Challenges   []string           `json:"challenges"`
	Headers      map[string]string  `json:"headers"`
	OtherHeaders int                `json:"other_headers"`
	FirstByteMS  int64              `json:"first_byte_ms"`
	TookMS       int64              `json:"took_ms"`
}

// headerForms are the headers whose values stay if they have this form.
var headerForms = map[string]*regexp.Regexp{
	"Content-Type": regexp.MustCompile(`^(application/(json|octet-stream|x-pem-file|problem\+json)|text/(plain|html))` +
		`(; ?charset=(utf-8|UTF-8|iso-8859-1))?$`),
	"Content-Length":    regexp.MustCompile(`^[0-9]{1,9}$`),
	"Connection":        regexp.MustCompile(`(?i)^(keep-alive|close)$`),
	"Keep-Alive":        regexp.MustCompile(`(?i)^((timeout|max)=[0-9]{1,4}(, ?)?){1,2}$`),
	"Transfer-Encoding": regexp.MustCompile(`(?i)^(chunked|identity)$`),
	"Cache-Control":     regexp.MustCompile(`(?i)^((no-store|no-cache|must-revalidate|private|max-age=0)(, ?)?)+$`),
}

// headerNames are the headers whose presence the report shows.
var headerNames = []string{
	"Content-Disposition", "Date", "Expires", "Pragma", "Server", "Set-Cookie", "Www-Authenticate", "Etag",
	"Last-Modified", "Strict-Transport-Security", "X-Frame-Options", "X-Content-Type-Options",
	"Content-Security-Policy", "X-Xss-Protection", "Location", "Allow", "Vary",
}

func answerOf(seen audiocodes.Observation) answer {
	a := answer{
		Path: seen.Path, Status: seen.Status, Bytes: len(seen.Body), Oversized: seen.Oversized, Framing: seen.Framing,
		Closes: seen.Closes, Reused: seen.Reused, Scheme: seen.Scheme, Challenges: []string{},
		FirstByteMS: seen.FirstByte.Milliseconds(), TookMS: seen.Took.Milliseconds(),
	}
	for _, challenge := range seen.Challenges {
		a.Challenges = append(a.Challenges, challengeForm(challenge))
	}
	a.Headers, a.OtherHeaders = headers(seen.Header)
	return a
}

func headers(header http.Header) (kept map[string]string, others int) {
	kept = map[string]string{}
	for name, values := range header {
		form, known := headerForms[name]
		value := strings.Join(values, ", ")
		switch {
		case known && form.MatchString(value):
			kept[name] = value
		case known || slices.Contains(headerNames, name):
			kept[name] = "(present)"
		default:
			others++
		}
	}
	return kept, others
}

// challengeWords are the parts of a challenge that may be shown; realm, nonce and opaque are the device's own.
var challengeWords = []struct{ part, shown string }{
	{"algorithm=md5", "MD5"}, {`algorithm="md5"`, "MD5"}, {"algorithm=sha-256", "SHA-256"},
	{"algorithm=md5-sess", "MD5-sess"}, {`qop="auth"`, "qop auth"}, {"qop=auth", "qop auth"},
	{`qop="auth,auth-int"`, "qop auth or auth-int"}, {"stale=true", "stale"}, {`stale="true"`, "stale"},
}

func challengeForm(challenge string) string {
	lower := strings.ToLower(challenge)
	form := "(another scheme)"
	for _, scheme := range []string{"Basic", "Digest", "Bearer", "Negotiate", "NTLM"} {
		if strings.HasPrefix(lower, strings.ToLower(scheme)) {
			form = scheme
		}
	}
	for _, word := range challengeWords {
		if strings.Contains(lower, word.part) {
			form += " " + word.shown
		}
	}
	return form
}

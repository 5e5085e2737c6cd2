package httpserver

import (
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The kinds of errors of Access.Login, for errors.Is.
var (
	ErrWrongToken  = errors.New("the token is not known")
	ErrTooMany     = errors.New("too many wrong tokens from this address; wait ten seconds")
	ErrUnavailable = errors.New("tokens can't be checked now")
)

// Access tells by tokens who is who. It may be used by many goroutines.
type Authenticator struct {
	tokens   *tokenFile // nil: no login
	attempts attempts
	now      func() time.Time
	log      *slog.Logger
}

// open: whoever reaches the server may use it.
func (a *Authenticator) open() bool { return a.tokens == nil }

// Login tells whose token it is. The remote address is that of the connection, host and port;
// behind a proxy all have the same. Once an address had too many wrong ones, its tokens are
// not even looked at for a while. Errors: the kinds above, none of which holds the token.
func (a *Authenticator) Login(remote, token string) (Person, error) {
	if a.open() {
		return Local, nil
	}
	now, from := a.now(), source(remote)
	if !a.attempts.allowed(from, now) {
		return Person{}, ErrTooMany
	}
	known, err := a.tokens.current()
	if err != nil {
		a.log.Error("tokens can't be checked", "error", err)
		return Person{}, ErrUnavailable
	}
	person, ok := known.find(token)
	if !ok {
		a.attempts.failed(from, now)
		a.log.Warn("a wrong token was refused", "from", from)
		return Person{}, ErrWrongToken
	}
	return person, nil
}

// Identify says by "Authorization: Bearer" who a request comes from. One without that header
// is left to come from nobody, or from whom the context already names; one with a wrong
// token goes no further.
func (a *Authenticator) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, given := bearer(r.Header)
		if !given && !a.open() {
			next.ServeHTTP(w, r)
			return
		}
		person, err := a.Login(r.RemoteAddr, token)
		if err != nil {
			refuse(w, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(WithPerson(r.Context(), person)))
	})
}

// bearer returns what stands behind "Bearer"; another scheme is a wrong token too.
func bearer(header http.Header) (token string, given bool) {
	value := header.Get("Authorization")
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	return strings.TrimSpace(token), value != ""
}

func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrTooMany):
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(oneMore.Seconds()))))
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	case errors.Is(err, ErrUnavailable):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		unauthorized(w, err.Error())
	}
}

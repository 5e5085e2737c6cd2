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

// The kinds of errors of Authenticator.Login, for errors.Is.
var (
	ErrWrongToken  = errors.New("unknown token")
	ErrTooMany     = errors.New("too many wrong tokens from this address; wait ten seconds")
	ErrUnavailable = errors.New("tokens can't be checked now")
)

// Authenticator identifies callers by their tokens. It is safe for concurrent use.
type Authenticator struct {
	tokens   *tokenFile // nil: no login
	attempts attempts
	now      func() time.Time
	log      *slog.Logger
}

// Open reports whether the server has no login: any caller that reaches it may use it.
func (a *Authenticator) Open() bool { return a.tokens == nil }

// Login returns the owner of a token. The remote address is that of the connection, host and
// port; all callers behind one proxy share it. After too many wrong tokens from one address,
// Login refuses its tokens unread for a while. Errors: the kinds above, none holds the token.
func (a *Authenticator) Login(remote, token string) (Person, error) {
	if a.Open() {
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

// Identify reads the caller from "Authorization: Bearer". A request without that header keeps
// the caller that its context already names, if any; one with a wrong token is refused.
func (a *Authenticator) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, given := bearer(r.Header)
		if !given && !a.Open() {
			next.ServeHTTP(w, r)
			return
		}
		person, err := a.Login(r.RemoteAddr, token)
		if err != nil {
			refuseLogin(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(WithPerson(r.Context(), person)))
	})
}

// bearer returns the token behind "Bearer"; another scheme counts as a wrong token.
func bearer(header http.Header) (token string, given bool) {
	value := header.Get("Authorization")
	scheme, token, _ := strings.Cut(value, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		token = ""
	}
	return strings.TrimSpace(token), value != ""
}

func refuseLogin(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, ErrTooMany):
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(oneMore.Seconds()))))
		http.Error(w, err.Error(), http.StatusTooManyRequests)
	case errors.Is(err, ErrUnavailable):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	default:
		plainRefusal(w, r, http.StatusUnauthorized, err.Error())
	}
}

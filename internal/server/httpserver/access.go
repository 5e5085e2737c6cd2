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
	ErrExpired     = errors.New("the token has expired")
	ErrTooMany     = errors.New("too many wrong tokens from this address; wait ten seconds")
	ErrUnavailable = errors.New("tokens can't be checked now")
	ErrNoLogin     = errors.New("no token is accepted here, for acfix serve has no token file")
)

// Authenticator identifies callers by their tokens. It is safe for concurrent use.
type Authenticator struct {
	tokens   *tokenFile // nil: no login
	guests   guests
	attempts attempts
	refusals refusals // of tokens
	denials  refusals // to callers whose role is too low
	uses     uses
	now      func() time.Time
	log      *slog.Logger
}

// Open reports whether the server has no login: what a caller may do depends on how the caller reaches it.
func (a *Authenticator) Open() bool { return a.tokens == nil }

// Login returns the owner of a token. The remote address is that of the connection, host and port; all callers behind
// one proxy share it. A right token always counts, whatever else came from its address. After too many wrong ones
// ErrTooMany answers each further one. Errors: the kinds above, none holds the token.
func (a *Authenticator) Login(remote, token string) (Person, error) {
	if a.Open() {
		return Person{}, ErrNoLogin
	}
	known, err := a.tokens.current()
	if err != nil {
		a.log.Error("tokens can't be checked", "error", err)
		return Person{}, ErrUnavailable
	}
	now, proof := a.now(), ProofOf(token)
	person, err := known.prove(proof, now)
	if err == nil {
		a.uses.note(proof, now)
		return person, nil
	}
	from := source(remote)
	a.refusals.add(from, Person{}, now)
	if !errors.Is(err, ErrWrongToken) {
		return Person{}, err
	}
	if !a.attempts.allowed(from, now) {
		return Person{}, ErrTooMany
	}
	a.attempts.failed(from, now)
	a.log.Warn("a wrong token was refused", "from", from)
	return Person{}, err
}

// Identify reads the caller from "Authorization: Bearer". A request without that header keeps the caller that its
// context already names, if any, and is a guest's otherwise; one with a wrong token is refused.
func (a *Authenticator) Identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, given := bearer(r.Header)
		if !given || a.Open() {
			if guest := a.guests.of(r); PersonOf(r.Context()).Role == Anyone && guest.Role != Anyone {
				r = Identified(r, guest)
			}
			next.ServeHTTP(w, r)
			return
		}
		person, err := a.Login(r.RemoteAddr, token)
		if err != nil {
			refuseLogin(w, r, err)
			return
		}
		person.proof = ProofOf(token)
		next.ServeHTTP(w, Identified(r, person))
	})
}

// Identified returns the request with its caller; the request's connection no longer counts as a stranger's.
func Identified(r *http.Request, person Person) *http.Request {
	if c := connectionOf(r.Context()); c != nil && !person.Guest {
		c.enter(identified)
	}
	return r.WithContext(WithPerson(r.Context(), person))
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

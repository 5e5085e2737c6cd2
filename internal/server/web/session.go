package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
)

const (
	// lifetime is how long a login lasts.
	lifetime = 12 * time.Hour
	// mostSessions bounds the sessions of one token; its oldest session goes first.
	mostSessions = 50
	// idLength is the length of a cookie: 32 random bytes in base64.
	idLength = 43
)

// sessions maps cookies, plain random numbers, to logins, which stay in this process and end with it.
type sessions struct {
	access *httpserver.Authenticator
	now    func() time.Time
	key    []byte // signs form tokens

	mutex sync.Mutex
	by    map[string]session
}

type session struct {
	proof httpserver.Proof
	ends  time.Time
}

func newSessions(access *httpserver.Authenticator, now func() time.Time) *sessions {
	return &sessions{access: access, now: now, key: []byte(rand.Text() + rand.Text()), by: map[string]session{}}
}

// begin starts a session and returns a new cookie value: one from before the login may be known to others.
func (s *sessions) begin(proof httpserver.Proof) string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.forget(proof)
	id := newID()
	s.by[id] = session{proof: proof, ends: s.now().Add(lifetime)}
	return id
}

func newID() string {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// forget drops expired sessions, and the oldest one of a token that has too many: no other token's login ends by that.
func (s *sessions) forget(proof httpserver.Proof) {
	oldest, count := "", 0
	for id, known := range s.by {
		switch {
		case !known.ends.After(s.now()):
			delete(s.by, id)
		case known.proof == proof:
			count++
			if oldest == "" || known.ends.Before(s.by[oldest].ends) {
				oldest = id
			}
		}
	}
	if count >= mostSessions {
		delete(s.by, oldest)
	}
}

// end ends a session, and reports whether there was one.
func (s *sessions) end(id string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, ended := s.by[id]
	delete(s.by, id)
	return ended
}

// person returns the caller behind a cookie, with the token's current role; a removed token ends the session.
func (s *sessions) person(id string) (httpserver.Person, bool) {
	s.mutex.Lock()
	known, ok := s.by[id]
	s.mutex.Unlock()
	if !ok || !known.ends.After(s.now()) {
		return httpserver.Person{}, false
	}
	person, ok := s.access.Renew(known.proof)
	if !ok {
		s.end(id)
	}
	return person, ok
}

type sessionKey struct{}

func withSession(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, sessionKey{}, id)
}

// lasts reports whether the caller of a request still is one: not logged out, and the token neither removed nor
// expired.
func (s *sessions) lasts(r *http.Request) bool {
	if id, ok := r.Context().Value(sessionKey{}).(string); ok {
		_, ok := s.person(id)
		return ok
	}
	return s.access.Lasts(httpserver.PersonOf(r.Context()))
}

// formToken goes into every form: a key that never leaves the process binds it to the cookie.
func (s *sessions) formToken(id string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *sessions) formFits(id, token string) bool {
	return id != "" && subtle.ConstantTimeCompare([]byte(s.formToken(id)), []byte(token)) == 1
}

// cookieName binds the cookie to this host where TLS allows it.
func cookieName(r *http.Request) string {
	if secure(r) {
		return "__Host-acfix"
	}
	return "acfix"
}

// secure is false only on plain HTTP, which httpserver restricts to loopback addresses.
func secure(r *http.Request) bool {
	return r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// cookie returns the visitor's session ID; "" for none.
func cookie(r *http.Request) string {
	kept, err := r.Cookie(cookieName(r))
	if err != nil || len(kept.Value) != idLength {
		return ""
	}
	return kept.Value
}

// setCookie sets the visitor's session ID; "" removes it.
func setCookie(w http.ResponseWriter, r *http.Request, id string) {
	kept := &http.Cookie{
		Name: cookieName(r), Value: id, Path: "/",
		HttpOnly: true, Secure: secure(r), SameSite: http.SameSiteStrictMode,
	}
	if id == "" {
		kept.MaxAge = -1
	}
	http.SetCookie(w, kept)
}

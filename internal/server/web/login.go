package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/acfix/acfix/internal/server/httpserver"
)

// loginPage is the data of the login template.
type loginPage struct {
	Next   string
	Failed string
}

func (s *Site) loginForm(w http.ResponseWriter, r *http.Request) {
	if s.Access.Open() {
		if httpserver.PersonOf(r.Context()).Role == httpserver.Anyone {
			s.refuse(w, r, http.StatusUnauthorized, noLogin)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.show(w, r, "login", "Log in", loginPage{Next: within(r.URL.Query().Get("next"))})
}

// loginFailures are the answers to what Login and the record refuse; any other is 401.
var loginFailures = []struct {
	kind   error
	status int
}{
	{httpserver.ErrTooMany, http.StatusTooManyRequests},
	{errManyLogins, http.StatusTooManyRequests},
	{httpserver.ErrUnavailable, http.StatusServiceUnavailable},
	{ErrTrouble, http.StatusServiceUnavailable},
}

func (s *Site) login(w http.ResponseWriter, r *http.Request) {
	next, token := within(r.PostFormValue("next")), strings.TrimSpace(r.PostFormValue("token"))
	person, err := s.Access.Login(r.RemoteAddr, token)
	if err == nil && !s.logins.allowed(person.Name, s.Now()) {
		err = errManyLogins
	}
	if err == nil {
		r = httpserver.Identified(r, person)
		err = s.Actions.Record(r.Context(), s.auditEntry(r, AuditLogin, ""))
	}
	if err != nil {
		status := http.StatusUnauthorized
		for _, row := range loginFailures {
			if errors.Is(err, row.kind) {
				status = row.status
			}
		}
		r = r.WithContext(httpserver.WithPerson(r.Context(), httpserver.Person{}))
		s.showStatus(w, r, status, "login", "Log in", loginPage{Next: next, Failed: sentence(err.Error())})
		return
	}
	s.sessions.end(cookie(r))
	setCookie(w, r, s.sessions.begin(httpserver.ProofOf(token)))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// logout ends the session, on record or not: a visitor must be able to leave.
func (s *Site) logout(w http.ResponseWriter, r *http.Request) {
	if s.sessions.end(cookie(r)) {
		if err := s.Actions.Record(r.Context(), s.auditEntry(r, AuditLogout, "")); err != nil {
			s.Log.Error("a logout could not be recorded", "error", err)
		}
	}
	setCookie(w, r, "")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// A token may log in so often at once, then once a minute: each login is an entry in the store.
const (
	loginsAtOnce = 20
	loginsLater  = time.Minute
)

var errManyLogins = errors.New("too many logins with this token; wait a minute")

// logins bounds how often each token logs in. The zero logins is ready for use.
type logins struct {
	mutex sync.Mutex
	of    map[string]*rate.Limiter // by the token's name
}

func (l *logins) allowed(name string, now time.Time) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.of == nil {
		l.of = map[string]*rate.Limiter{}
	}
	if l.of[name] == nil {
		l.of[name] = rate.NewLimiter(rate.Every(loginsLater), loginsAtOnce)
	}
	return l.of[name].AllowN(now, 1)
}

// refusalBeat is the time between two looks at the counts of refused tokens.
const refusalBeat = 15 * time.Second

// KeepRefusals puts refusals on record until the context ends: of tokens by address and minute, and to callers whose role
// is too low by name, address and minute.
func (s *Site) KeepRefusals(ctx context.Context) {
	for s.Sleep(ctx, refusalBeat) == nil {
		s.recordRefusals(ctx, false)
	}
	s.recordRefusals(context.WithoutCancel(ctx), true)
}

func (s *Site) recordRefusals(ctx context.Context, all bool) {
	for _, counted := range s.Access.Refusals(all) {
		s.recordRefusal(ctx, AuditRefused, counted)
	}
	for _, counted := range s.Access.Denials(all) {
		s.recordRefusal(ctx, AuditDenied, counted)
	}
}

func (s *Site) recordRefusal(ctx context.Context, kind AuditKind, counted httpserver.Refusals) {
	entry := AuditEntry{
		Time: counted.First, Person: counted.Person.Name, Role: string(counted.Person.Role), From: counted.From,
		Kind: kind, Count: counted.Count, Last: &counted.Last,
	}
	if err := s.Actions.Record(ctx, entry); err != nil {
		s.Log.Error("refusals could not be recorded", "kind", string(kind), "from", counted.From,
			"count", counted.Count, "error", err)
	}
}

// within keeps a redirection on this site: browsers take "//" and "/\" for another host.
func within(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// sentence makes a sentence of an error's text.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

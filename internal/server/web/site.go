package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
)

// Options are what a site is made of.
type SiteOptions struct {
	Source  Data
	Actions Actions
	Access  *httpserver.Authenticator
	Version string // of acfix
	Now     func() time.Time
	// Sleep waits, or returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
	// Until ends live updates, so that a server need not wait for them.
	Until context.Context
	Log   *slog.Logger
}

// Site is all pages. It finds out by itself who somebody is, so it is handed to everybody:
// endpoint.Anyone.
type Site struct {
	SiteOptions
	source   Data
	actions  Actions
	access   *httpserver.Authenticator
	sessions *sessions
	streams  chan struct{}
	mux      *http.ServeMux
}

// New makes a site.
func New(options SiteOptions) *Site {
	s := &Site{
		SiteOptions: options, source: options.Source, actions: options.Actions, access: options.Access,
		sessions: newSessions(options.Access, options.Now), streams: make(chan struct{}, mostStreams), mux: http.NewServeMux(),
	}
	s.route()
	return s
}

func (s *Site) route() {
	viewer := func(pattern string, page http.HandlerFunc) { s.mux.Handle(pattern, s.only(httpserver.Viewer, page)) }
	approver := func(pattern string, page http.HandlerFunc) { s.mux.Handle(pattern, s.only(httpserver.Approver, page)) }
	viewer("GET /{$}", s.fleet)
	viewer("GET /device", s.device)
	viewer("GET /device/journal", s.journal)
	approver("GET /device/backup", s.backup)
	viewer("GET /runs", s.runs)
	viewer("GET /runs/{run}", s.run)
	viewer("GET /runs/{run}/events", s.events)
	viewer("GET /runs/{run}/report/{format}", s.report)
	approver("POST /runs/{run}/approve", s.form(s.approve))
	viewer("GET /jobs", s.jobs)
	approver("GET /jobs/run", s.askStart)
	approver("POST /jobs/run", s.form(s.start))
	viewer("GET /record", s.record)
	s.mux.HandleFunc("GET /login", s.loginForm)
	s.mux.HandleFunc("POST /login", s.form(s.login))
	s.mux.HandleFunc("POST /logout", s.form(s.logout))
	s.mux.HandleFunc("GET /static/{file}", static)
	s.mux.Handle("/", s.only(httpserver.Viewer, func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusNotFound, "There is no such page.")
	}))
}

// policy allows what is embedded here and no more.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// ServeHTTP serves a page to whom it is for.
// docs/design/server.md: Nothing on a page is inline
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range map[string]string{
		"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cache-Control": "no-store", "X-Frame-Options": "DENY",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	if httpserver.PersonOf(r.Context()).Role == httpserver.Anyone {
		if person, ok := s.sessions.person(cookie(r)); ok {
			r = r.WithContext(httpserver.WithPerson(r.Context(), person))
		}
	}
	s.mux.ServeHTTP(w, r)
}

// only lets those in who have the role; nobody in particular is asked to log in.
func (s *Site) only(role httpserver.Role, page http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch person := httpserver.PersonOf(r.Context()); {
		case person.May(role):
			page(w, r)
		case person.Role == httpserver.Anyone && r.Method == http.MethodGet:
			http.Redirect(w, r, "/login?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		case person.Role == httpserver.Anyone:
			s.refuse(w, r, http.StatusUnauthorized, "You are not logged in any more. Nothing was done.")
		default:
			s.refuse(w, r, http.StatusForbidden, "This needs the role "+string(role)+".")
		}
	})
}

// mostForm bounds what a form sends.
const mostForm = 16 << 10

// form takes only what one of our own pages sent.
func (s *Site) form(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		if !s.sessions.formFits(cookie(r), r.PostFormValue("form")) {
			s.refuse(w, r, http.StatusForbidden, "The form is out of date or from elsewhere. Nothing was done; load its page again.")
			return
		}
		page(w, r)
	}
}

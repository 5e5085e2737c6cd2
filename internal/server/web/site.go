package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
)

// SiteOptions are the parts that a site is made of.
type SiteOptions struct {
	Data    Data
	Actions Actions
	Access  *httpserver.Authenticator
	Version string // of acfix
	// Store is the --store that commands on these pages need; "" for the default, and for one that holds a password.
	Store string
	Now   func() time.Time
	// Sleep waits, or returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
	// Until ends live updates, so that a server need not wait for them.
	Until context.Context
	Log   *slog.Logger
}

// Site serves all pages. It has its own login, so its handler takes the role httpserver.Anyone.
type Site struct {
	SiteOptions
	sessions *sessions
	streams  streams
	logins   logins
	mux      *http.ServeMux
}

// New makes a site.
func New(options SiteOptions) *Site {
	s := &Site{
		SiteOptions: options, sessions: newSessions(options.Access, options.Now),
		mux: http.NewServeMux(),
	}
	s.route()
	return s
}

func (s *Site) route() {
	viewer := func(pattern string, page http.HandlerFunc) {
		s.mux.Handle(pattern, s.Access.Require(httpserver.Viewer, page, s.turnAway))
	}
	approver := func(pattern string, page http.HandlerFunc) {
		s.mux.Handle(pattern, s.Access.Require(httpserver.Approver, page, s.turnAway))
	}
	viewer("GET /{$}", s.fleet)
	viewer("GET /fleet.csv", s.fleetCSV)
	viewer("GET /device", s.device)
	viewer("GET /device/journal", s.journal)
	approver("POST /device/backup", s.form(s.backup))
	viewer("GET /runs", s.runs)
	viewer("GET /runs/{run}", s.run)
	viewer("GET /runs/{run}/events", s.events)
	viewer("GET /runs/{run}/report/{format}", s.report)
	approver("POST /runs/{run}/approve", s.form(s.approve))
	approver("POST /runs/{run}/reject", s.form(s.reject))
	approver("POST /runs/{run}/stop", s.form(s.stop))
	approver("POST /runs/{run}/resume", s.form(s.resume))
	viewer("GET /jobs", s.jobs)
	approver("GET /jobs/run", s.askStart)
	approver("POST /jobs/run", s.form(s.start))
	viewer("GET /record", s.record)
	viewer("GET /explain", s.explanations)
	viewer("GET /explain/{$}", s.explanations)
	viewer("GET /explain/{code}", s.explanation)
	s.mux.HandleFunc("GET /login", s.loginForm)
	s.mux.HandleFunc("POST /login", s.form(s.login))
	s.mux.HandleFunc("POST /logout", s.form(s.logout))
	s.mux.HandleFunc("GET /static/{file}", static)
	viewer("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusNotFound, "There is no such page.")
	})
}

// policy allows embedded assets and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types 'none'"

// ServeHTTP serves a page to callers who have the role for it.
// docs/design/server.md: Nothing on a page is inline
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range map[string]string{
		"Content-Security-Policy": policy, "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		w.Header().Set(name, value)
	}
	if person := httpserver.PersonOf(r.Context()); person.Role == httpserver.Anyone || person.Guest {
		id := cookie(r)
		if person, ok := s.sessions.person(id); ok {
			r = httpserver.Identified(r.WithContext(withSession(r.Context(), id)), person)
		}
	}
	s.mux.ServeHTTP(w, r)
}

// turnAway sends an anonymous visitor to the login page, and refuses other callers as a page.
func (s *Site) turnAway(w http.ResponseWriter, r *http.Request, status int, text string) {
	switch {
	case status == http.StatusUnauthorized && s.Access.Open():
		s.refuse(w, r, status, noLogin)
	case status != http.StatusUnauthorized:
		s.refuse(w, r, status, sentence(text))
	case r.Method == http.MethodGet:
		http.Redirect(w, r, "/login?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
	default:
		s.refuse(w, r, status, "You are no longer logged in. Nothing was done.")
	}
}

// noLogin says how to let callers in where no token can.
const noLogin = "These pages need a login, and acfix serve was started without one. Start it with --token-file FILE, " +
	"with --listen unix:PATH for a group of users of its machine, or with --view-without-login to look without changing."

// mostForm bounds the size of a submitted form.
const mostForm = 16 << 10

// form accepts only forms of the site's own pages.
func (s *Site) form(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, mostForm)
		if !s.sessions.formFits(cookie(r), r.PostFormValue("form")) {
			s.refuse(w, r, http.StatusForbidden,
				"The form has expired or comes from another site. Nothing was done; load its page again.")
			return
		}
		page(w, r)
	}
}

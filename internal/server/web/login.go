package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/acfix/acfix/internal/server/httpserver"
)

// loginPage is the data of the login template.
type loginPage struct {
	Next   string
	Failed string
}

func (s *Site) loginForm(w http.ResponseWriter, r *http.Request) {
	if s.Access.Open() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.show(w, r, "login", "Log in", loginPage{Next: within(r.URL.Query().Get("next"))})
}

func (s *Site) login(w http.ResponseWriter, r *http.Request) {
	next, token := within(r.PostFormValue("next")), strings.TrimSpace(r.PostFormValue("token"))
	_, err := s.Access.Login(r.RemoteAddr, token)
	if err != nil {
		status := http.StatusUnauthorized
		switch {
		case errors.Is(err, httpserver.ErrTooMany):
			status = http.StatusTooManyRequests
		case errors.Is(err, httpserver.ErrUnavailable):
			status = http.StatusServiceUnavailable
		}
		s.showStatus(w, r, status, "login", "Log in", loginPage{Next: next, Failed: sentence(err.Error())})
		return
	}
	s.sessions.end(cookie(r))
	setCookie(w, r, s.sessions.begin(httpserver.ProofOf(token)))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *Site) logout(w http.ResponseWriter, r *http.Request) {
	s.sessions.end(cookie(r))
	setCookie(w, r, "")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
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

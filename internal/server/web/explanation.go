package web

import (
	"net/http"
	"sync"

	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/usage"
)

// explained are the codes that have an explanation.
var explained = sync.OnceValue(func() map[string]bool {
	codes := map[string]bool{}
	for _, page := range explain.Pages() {
		codes[page.Code] = true
	}
	return codes
})

// explanationPage is the data of the template of a code.
type explanationPage struct {
	Code  string
	Pages []explain.Page // a code may belong to several kinds
}

// unexplainedPage is the data of the template of a code without an explanation.
type unexplainedPage struct {
	Code string
	Near []string
}

func (s *Site) explanations(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "explanations", "Errors and findings", explain.Chapters())
}

func (s *Site) explanation(w http.ResponseWriter, r *http.Request) {
	code := r.PathValue("code")
	pages := explain.Find(code)
	if len(pages) > 0 {
		s.show(w, r, "explanation", pages[0].Code, explanationPage{Code: pages[0].Code, Pages: pages})
		return
	}
	all := explain.Codes(explain.Error, explain.Finding, explain.Probe, explain.Store)
	page := unexplainedPage{Code: code, Near: usage.Nearest(code, all)}
	s.showStatus(w, r, http.StatusNotFound, "unexplained", http.StatusText(http.StatusNotFound), page)
}

package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"html/template"
	"io"
	"net/http"
	"path"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/acfix/acfix/remediate"
)

//go:embed pages/*.html
var pages embed.FS

//go:embed static/*
var files embed.FS

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"spaced": report.Spaced, "doubt": report.Doubt, "gravest": report.Gravest,
	"when": moment.Text, "day": day, "stamp": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"at": func(run string) string { return runAddress(run, "", "") }, "level": level,
	"static": address, "minute": minute, "took": took, "inc": func(n int) int { return n + 1 },
	"explained": func(code string) bool { return explained()[code] },
	"zoned":     zoned, "fromnow": fromNow, "ago": ago, "timed": timedOf,
	"stepwords": stepsInWords, "warnings": warningsOf, "blockers": blockersOf,
	"total": totalOf, "settled": settledOf, "of": of,
}).ParseFS(pages, "pages/*.html"))

// frame is the data that every page gets beside its own.
type frame struct {
	Title, Name, Version string
	Person               httpserver.Person
	Open                 bool // the server has no login
	Guest                bool // the visitor could log in, and has not
	Approver             bool
	Form                 string // the form token
	Now                  time.Time
	Page                 any
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, name, title string, page any) {
	s.showStatus(w, r, http.StatusOK, name, title, page)
}

// showStatus writes a page whole or not at all, cleaned of characters that hide or reverse text.
func (s *Site) showStatus(w http.ResponseWriter, r *http.Request, status int, name, title string, page any) {
	id := cookie(r)
	if id == "" {
		id = newID()
		setCookie(w, r, id)
	}
	person := httpserver.PersonOf(r.Context())
	view := frame{
		Title: title, Name: name, Version: s.Version, Person: person, Open: s.Access.Open(),
		Guest:    person.Guest && !s.Access.Open(),
		Approver: person.May(httpserver.Approver), Form: s.sessions.formToken(id), Now: s.Now(), Page: page,
	}
	var text bytes.Buffer
	if err := templates.ExecuteTemplate(&text, name, view); err != nil {
		s.Log.Error("a page can't be shown", "page", name, "error", err)
		http.Error(w, "the page can't be shown", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, foreign.CleanLines(text.String())) // the client is gone
}

// refusal is the data of an error page.
type refusal struct {
	Status int
	Text   string
}

func (s *Site) refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	s.showStatus(w, r, status, "refusal", http.StatusText(status), refusal{Status: status, Text: text})
}

// failures maps errors of Data and Actions to answers. One without a text has its own.
var failures = []struct {
	kind   error
	status int
	text   string
}{
	{ErrUnknown, http.StatusNotFound, "Not found."},
	{ErrNotWaiting, http.StatusConflict, "The run no longer waits for a decision. Nothing was done."},
	{ErrBusy, http.StatusConflict, "A run of the job is still in progress. Nothing was started."},
	{ErrNotLed, http.StatusConflict, "The run is not in progress in this process. Nothing was done."},
	{ErrNotResumable, http.StatusConflict, ""},
	{ErrNoApproval, http.StatusConflict, "No plan is approved for the job to carry out. Nothing was started."},
}

// fail answers with an error. One that is not the visitor's fault goes to the log too.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	for _, known := range failures {
		if errors.Is(err, known.kind) {
			s.refuse(w, r, known.status, cmp.Or(known.text, sentence(err.Error())+" Nothing was done."))
			return
		}
	}
	s.Log.Error("a page can't be shown", "path", r.URL.Path, "error", err)
	s.refuse(w, r, http.StatusServiceUnavailable, sentence(err.Error())+" Try again later.")
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// level is the style class of a finding's level; an unknown one looks like an error.
func level(of remediate.Level) string {
	if of == remediate.Info || of == remediate.Warning {
		return string(of)
	}
	return string(remediate.Problem)
}

// took is the duration of something that has ended.
func took(began, ended time.Time) string {
	if began.IsZero() || ended.IsZero() {
		return "–"
	}
	return ended.Sub(began).Round(time.Second).String()
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// address is the address of an embedded file. It changes with the file, so browsers may cache it.
func address(name string) string {
	content, err := files.ReadFile("static/" + name)
	if err != nil {
		panic("web: " + err.Error())
	}
	sum := sha256.Sum256(content)
	return "/static/" + name + "?" + hex.EncodeToString(sum[:6])
}

var kinds = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func static(w http.ResponseWriter, r *http.Request) {
	content, err := files.ReadFile("static/" + r.PathValue("file"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kinds[path.Ext(r.PathValue("file"))])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(content) // the client is gone
}

package web

import (
	"bytes"
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
	"when": when, "day": day, "stamp": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"at": func(run string) string { return runAddress(run, "", "") }, "level": level,
	"static": address, "minute": minute, "took": took, "inc": func(n int) int { return n + 1 },
}).ParseFS(pages, "pages/*.html"))

// frame is what every page gets beside its own.
type frame struct {
	Title, Name, Version string
	Person               httpserver.Person
	Open                 bool // nobody logs in
	Approver             bool
	Form                 string // the token of forms
	Now                  time.Time
	Page                 any
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, name, title string, page any) {
	s.showStatus(w, r, http.StatusOK, name, title, page)
}

// showStatus writes a page whole or not at all, cleaned of what could hide or turn text.
func (s *Site) showStatus(w http.ResponseWriter, r *http.Request, status int, name, title string, page any) {
	id := cookie(r)
	if id == "" {
		id = newID()
		setCookie(w, r, id)
	}
	person := httpserver.PersonOf(r.Context())
	view := frame{
		Title: title, Name: name, Version: s.Version, Person: person, Open: s.access.Open(),
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

// refusal is what the page of something that can't be shown or done gets.
type refusal struct {
	Status int
	Text   string
}

func (s *Site) refuse(w http.ResponseWriter, r *http.Request, status int, text string) {
	s.showStatus(w, r, status, "refusal", http.StatusText(status), refusal{Status: status, Text: text})
}

// failures say what to answer to an error of Source and Actions.
var failures = []struct {
	kind   error
	status int
	text   string
}{
	{ErrUnknown, http.StatusNotFound, "There is no such thing here."},
	{ErrNotWaiting, http.StatusConflict, "The run does not wait for approval any more. Nothing was done."},
	{ErrBusy, http.StatusConflict, "A run of the job is still going on. Nothing was begun."},
	{ErrNoApproval, http.StatusConflict, "No plan is approved that the job could carry out. Nothing was begun."},
}

// fail answers with what went wrong. What is no fault of the visitor goes to the log too.
func (s *Site) fail(w http.ResponseWriter, r *http.Request, err error) {
	for _, known := range failures {
		if errors.Is(err, known.kind) {
			s.refuse(w, r, known.status, known.text)
			return
		}
	}
	s.Log.Error("a page can't be shown", "path", r.URL.Path, "error", err)
	s.refuse(w, r, http.StatusServiceUnavailable, "It can't be read or written now: "+err.Error()+". Try again in a while.")
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// level is the class of a finding's level; what is not known looks like an error.
func level(of remediate.Level) string {
	if of == remediate.Info || of == remediate.Warning {
		return string(of)
	}
	return string(remediate.Problem)
}

// took is how long something took that has ended.
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

// address is where a file of ours is. It changes with the file, so browsers may keep it.
func address(name string) string {
	content, err := files.ReadFile("static/" + name)
	if err != nil {
		panic("web: " + err.Error())
	}
	sum := sha256.Sum256(content)
	return "/static/" + name + "?" + hex.EncodeToString(sum[:6])
}

var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

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

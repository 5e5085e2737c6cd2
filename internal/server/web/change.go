package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/httpserver"
)

// auditEntry describes an action of the visitor.
func (s *Site) auditEntry(r *http.Request, kind AuditKind, subject string) AuditEntry {
	person := httpserver.PersonOf(r.Context())
	return AuditEntry{
		Time: s.Now(), Person: person.Name, Role: string(person.Role), From: r.RemoteAddr,
		Kind: kind, Subject: subject,
	}
}

// perform records an action before it does it, and records its failure too.
// docs/design/server.md: A change by a page is on record first
func (s *Site) perform(r *http.Request, entry AuditEntry, action func() error) error {
	if err := s.Actions.Record(r.Context(), entry); err != nil {
		return err
	}
	failed := action()
	if failed == nil {
		return nil
	}
	entry.Time, entry.Failed = s.Now(), failed.Error()
	if err := s.Actions.Record(r.Context(), entry); err != nil {
		s.Log.Error("a failed action could not be recorded", "what", entry.Kind, "of", entry.Subject, "error", err)
	}
	return failed
}

// mostName bounds a name and a change number, in characters.
const mostName = 100

// approve approves the plan of a run. With tokens the name is the token's.
func (s *Site) approve(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("run")
	entry := s.auditEntry(r, AuditApprove, id)
	entry.Name, entry.Change = entry.Person, strings.TrimSpace(r.PostFormValue("change"))
	if s.Access.Open() {
		entry.Name = strings.TrimSpace(r.PostFormValue("name"))
	}
	for _, text := range []string{entry.Name, entry.Change} {
		if text == "" || utf8.RuneCountInString(text) > mostName {
			s.refuse(w, r, http.StatusBadRequest,
				"An approval needs a person's name and a change number, each up to 100 characters. Nothing was done.")
			return
		}
	}
	run, err := s.Data.Run(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if run.Head.State != stateWaiting {
		s.fail(w, r, ErrNotWaiting)
		return
	}
	err = s.perform(r, entry, func() error {
		approval := store.Approval{Name: entry.Name, Change: entry.Change, Time: entry.Time}
		return s.Actions.Approve(r.Context(), id, approval)
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, runAddress(id, "", ""), http.StatusSeeOther)
}

// jobsPage is the data of the template of all jobs.
type jobsPage struct {
	Jobs  []JobDetail
	Begun string // the job that the visitor has just started
}

func (s *Site) jobs(w http.ResponseWriter, r *http.Request) {
	jobs, err := s.Data.Jobs(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := jobsPage{Jobs: jobs}
	begun := r.URL.Query().Get("begun")
	if slices.ContainsFunc(jobs, func(j JobDetail) bool { return j.Name == begun }) {
		page.Begun = begun
	}
	s.show(w, r, "jobs", "Jobs", page)
}

func (s *Site) job(ctx context.Context, name string) (JobDetail, error) {
	jobs, err := s.Data.Jobs(ctx)
	if err != nil {
		return JobDetail{}, err
	}
	at := slices.IndexFunc(jobs, func(j JobDetail) bool { return j.Name == name })
	if at < 0 {
		return JobDetail{}, ErrUnknown
	}
	return jobs[at], nil
}

// askStart shows what a job does, before the visitor starts it.
func (s *Site) askStart(w http.ResponseWriter, r *http.Request) {
	j, err := s.job(r.Context(), r.URL.Query().Get("job"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "start", "Run "+j.Name+" now", j)
}

func (s *Site) start(w http.ResponseWriter, r *http.Request) {
	j, err := s.job(r.Context(), r.PostFormValue("job"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	entry := s.auditEntry(r, AuditRunNow, j.Name)
	if err := s.perform(r, entry, func() error { return s.Actions.Start(r.Context(), j.Name) }); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/jobs?"+url.Values{"begun": {j.Name}}.Encode(), http.StatusSeeOther)
}

func (s *Site) record(w http.ResponseWriter, r *http.Request) {
	entries, err := s.Data.AuditLog(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "record", "Record", entries)
}

package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/httpserver"
)

// deed is what the visitor is about to do.
func (s *Site) deed(r *http.Request, what AuditKind, of string) AuditEntry {
	person := httpserver.PersonOf(r.Context())
	return AuditEntry{Time: s.Now(), Person: person.Name, Role: string(person.Role), From: r.RemoteAddr, Kind: what, Subject: of}
}

// do does what was put on record first, and puts on record too when nothing came of it.
// docs/design/server.md: A change by a page is on record first
func (s *Site) do(r *http.Request, deed AuditEntry, work func() error) error {
	if err := s.actions.Record(r.Context(), deed); err != nil {
		return err
	}
	err := work()
	if err != nil {
		deed.Time, deed.Failed = s.Now(), err.Error()
		if noted := s.actions.Record(r.Context(), deed); noted != nil {
			s.Log.Error("a failure is not on record", "what", deed.Kind, "of", deed.Subject, "error", noted)
		}
	}
	return err
}

// mostName bounds a name and a change number, in characters.
const mostName = 100

// approve allows the plan of a run. With tokens the name is the token's.
func (s *Site) approve(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("run")
	deed := s.deed(r, AuditApprove, id)
	deed.Name, deed.Change = deed.Person, strings.TrimSpace(r.PostFormValue("change"))
	if s.access.Open() {
		deed.Name = strings.TrimSpace(r.PostFormValue("name"))
	}
	if deed.Name == "" || deed.Change == "" || utf8.RuneCountInString(deed.Name) > mostName || utf8.RuneCountInString(deed.Change) > mostName {
		s.refuse(w, r, http.StatusBadRequest, "An approval names a person and a change number, of up to 100 characters each. Nothing was done.")
		return
	}
	run, err := s.source.Run(r.Context(), id)
	if err == nil && run.Head.State != stateWaiting {
		err = ErrNotWaiting
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	err = s.do(r, deed, func() error {
		return s.actions.Approve(r.Context(), id, report.Approval{Name: deed.Name, Change: deed.Change, Time: deed.Time})
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, runAddress(id, "", ""), http.StatusSeeOther)
}

// jobsPage is what the template of all jobs gets.
type jobsPage struct {
	Jobs  []JobDetail
	Begun string // the job whose run was begun right now
}

func (s *Site) jobs(w http.ResponseWriter, r *http.Request) {
	jobs, err := s.source.Jobs(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := jobsPage{Jobs: jobs}
	if j, known := find(jobs, r.URL.Query().Get("begun")); known {
		page.Begun = j.Name
	}
	s.show(w, r, "jobs", "Jobs", page)
}

func find(jobs []JobDetail, name string) (JobDetail, bool) {
	for _, j := range jobs {
		if j.Name == name {
			return j, true
		}
	}
	return JobDetail{}, false
}

// askStart shows what a job does before it is begun.
func (s *Site) askStart(w http.ResponseWriter, r *http.Request) {
	jobs, err := s.source.Jobs(r.Context())
	j, known := find(jobs, r.URL.Query().Get("job"))
	if err == nil && !known {
		err = ErrUnknown
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "start", "Run "+j.Name+" now", j)
}

func (s *Site) start(w http.ResponseWriter, r *http.Request) {
	name := r.PostFormValue("job")
	jobs, err := s.source.Jobs(r.Context())
	if _, known := find(jobs, name); err == nil && !known {
		err = ErrUnknown
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	err = s.do(r, s.deed(r, AuditRunNow, name), func() error { return s.actions.Start(r.Context(), name) })
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/jobs?"+url.Values{"begun": {name}}.Encode(), http.StatusSeeOther)
}

func (s *Site) record(w http.ResponseWriter, r *http.Request) {
	deeds, err := s.source.AuditLog(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "record", "Record", deeds)
}

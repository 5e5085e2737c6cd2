package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/acfix/acfix/internal/output/report"
)

// jobView is a job as the page of jobs shows it.
type jobView struct{ JobDetail }

// Running is the run of the job that is in progress; nil while none is on record.
func (j jobView) Running() *report.RunHead {
	if j.Busy && j.Last != nil && j.Last.Ended.IsZero() {
		return j.Last
	}
	return nil
}

// Tone is the tone of the last run's state.
func (j jobView) Tone() string { return outcomeOf(*j.Last).Tone }

// Mark is the style of the notice about the run that a visitor has just started.
func (j jobView) Mark() string {
	switch {
	case j.Busy || j.Last == nil && j.Failure == "":
		return "mark-wait"
	case j.Failure != "" || j.Tone() == "bad":
		return "mark-bad"
	default:
		return "mark-good"
	}
}

// totalOf is how many devices are counted.
func totalOf(counts []report.WordCount) int {
	n := 0
	for _, one := range counts {
		n += one.Count
	}
	return n
}

// settledOf is how many of them have a result; a skipped one was never started.
func settledOf(counts []report.WordCount) int {
	n := 0
	for _, one := range counts {
		if one.Word != wordWaiting && one.Word != wordInHand && one.Word != wordSkipped {
			n += one.Count
		}
	}
	return n
}

// jobsPage is the data of the template of all jobs.
type jobsPage struct {
	Jobs  []jobView
	Begun *jobView // that the visitor has just started; nil for none
}

func (s *Site) jobs(w http.ResponseWriter, r *http.Request) {
	jobs, err := s.Data.Jobs(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var page jobsPage
	begun := r.URL.Query().Get("begun")
	for _, j := range jobs {
		page.Jobs = append(page.Jobs, jobView{j})
		if j.Name == begun {
			page.Begun = &jobView{j}
		}
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

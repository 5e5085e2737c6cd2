package web

import (
	"net/http"
)

// stop asks a run to stop. What is being written is finished.
func (s *Site) stop(w http.ResponseWriter, r *http.Request) {
	entry := s.auditEntry(r, AuditStop, r.PathValue("run"))
	s.steer(w, r, entry, func(c RunControl) bool { return c.Stop }, ErrNotLed, func(id string) error {
		return s.Actions.Stop(r.Context(), id, entry.Person)
	})
}

// resume goes on with a run. The rules are those of its job: nothing goes on without its approval.
func (s *Site) resume(w http.ResponseWriter, r *http.Request) {
	entry := s.auditEntry(r, AuditResume, r.PathValue("run"))
	s.steer(w, r, entry, func(c RunControl) bool { return c.Resume }, ErrNotResumable, func(id string) error {
		return s.Actions.Resume(r.Context(), id)
	})
}

// steer carries out what a visitor asks of a run, if the run may be asked that. otherwise is the error if it may not.
func (s *Site) steer(
	w http.ResponseWriter, r *http.Request, entry AuditEntry, may func(RunControl) bool, otherwise error,
	action func(id string) error,
) {
	run, err := s.Data.Run(r.Context(), entry.Subject)
	if err == nil && !may(run.Control) {
		err = otherwise
	}
	if err == nil {
		err = s.perform(r, entry, func() error { return action(entry.Subject) })
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, runAddress(entry.Subject, "", ""), http.StatusSeeOther)
}

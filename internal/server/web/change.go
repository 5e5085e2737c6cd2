package web

import (
	"net/http"
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

// deciderOf returns the name of the visitor who decides about a plan. With tokens it is the token's.
func (s *Site) deciderOf(r *http.Request, entry AuditEntry) string {
	if s.Access.Open() {
		return strings.TrimSpace(r.PostFormValue("name"))
	}
	return entry.Person
}

func fits(text string) bool { return text != "" && utf8.RuneCountInString(text) <= mostName }

// approve approves the plan of a run.
func (s *Site) approve(w http.ResponseWriter, r *http.Request) {
	entry := s.auditEntry(r, AuditApprove, r.PathValue("run"))
	entry.Name, entry.Change = s.deciderOf(r, entry), strings.TrimSpace(r.PostFormValue("change"))
	if !fits(entry.Name) || !fits(entry.Change) {
		s.refuse(w, r, http.StatusBadRequest,
			"An approval needs a person's name and a change number, each up to 100 characters. Nothing was done.")
		return
	}
	s.decide(w, r, entry, []string{stateWaiting}, func(id string) error {
		approval := store.Approval{Name: entry.Name, Change: entry.Change, Time: entry.Time}
		return s.Actions.Approve(r.Context(), id, approval)
	})
}

// reject refuses the plan of a run, withdraws its approval, or ends a paused run.
func (s *Site) reject(w http.ResponseWriter, r *http.Request) {
	entry := s.auditEntry(r, AuditReject, r.PathValue("run"))
	entry.Name, entry.Reason = s.deciderOf(r, entry), strings.TrimSpace(r.PostFormValue("reason"))
	if !fits(entry.Name) || entry.Reason != "" && !fits(entry.Reason) {
		s.refuse(w, r, http.StatusBadRequest,
			"A rejection needs a person's name; name and reason have up to 100 characters each. Nothing was done.")
		return
	}
	s.decide(w, r, entry, rejectable, func(id string) error {
		rejection := store.Rejection{Name: entry.Name, Reason: entry.Reason, Time: entry.Time}
		return s.Actions.Reject(r.Context(), id, rejection)
	})
}

// decide carries out what a visitor decided about the plan of a run, if the run is in one of the states.
func (s *Site) decide(
	w http.ResponseWriter, r *http.Request, entry AuditEntry, states []string, action func(id string) error,
) {
	id := entry.Subject
	run, err := s.Data.Run(r.Context(), id)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if !slices.Contains(states, run.Head.State) {
		s.fail(w, r, ErrNotWaiting)
		return
	}
	if err := s.perform(r, entry, func() error { return action(id) }); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, runAddress(id, "", ""), http.StatusSeeOther)
}

func (s *Site) record(w http.ResponseWriter, r *http.Request) {
	entries, err := s.Data.AuditLog(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "record", "Record", entries)
}

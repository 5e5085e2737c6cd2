package web

import (
	"context"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// Carrier is a job that carries out a plan once that is approved.
type Carrier struct {
	Job string
	// Schedule is in words, as JobDetail.Words; "" for a job that runs on demand.
	Schedule string
	// Next is the first planned time at which the change window is open and the approval still holds; zero for none.
	Next time.Time
	// Window is the change window; "" for none. Opens is when it opens next; zero while it is open.
	Window string
	Opens  time.Time
	Waves  string // "" for none
	// Until is when the plan is too old for the job, approved or not.
	Until time.Time
}

// approvalView says what carrying out a plan does, for a person who decides about it.
type approvalView struct {
	Effect    Effect
	Carriers  []Carrier
	Written   []report.Shown // the first of the devices that are written to
	Unlisted  int            // how many more there are
	All       string         // the address of all of them
	Unwritten []unwritten
}

// unwritten are the devices of a plan that is not carried out on them, by verdict.
type unwritten struct {
	unwrittenWord
	Count    int
	Devices  []report.Shown // the first ones, where each has its reason
	Unlisted int
	All      string
}

// Says is why the plan is not carried out on them.
func (u unwritten) Says() string {
	if u.Count == 1 {
		return u.One
	}
	return u.Many
}

// unwrittenWord says of a verdict why the plan is not carried out. Where each device has its Reason, it is listed.
type unwrittenWord struct {
	Word, One, Many string
	Reason          bool
}

var unwrittenWords = []unwrittenWord{
	{string(remediate.Blocked), "needs a person first", "need a person first", true},
	{string(remediate.Errored), "could not be read", "could not be read", true},
	{string(remediate.Skipped), "was not read", "were not read", true},
	{string(remediate.Compliant), "is in order already", "are in order already", false},
	{string(remediate.NotApplicable), "has no Teams leg", "have no Teams leg", false},
}

// mostToDecide is how many devices of a kind are listed where a person decides; the run's page lists all.
const mostToDecide = 20

// approvalOf returns what a person decides about; nil for a run that waits for no decision.
func (s *Site) approvalOf(ctx context.Context, run RunDetail) (*approvalView, error) {
	if !slices.Contains(undecided, run.Head.State) {
		return nil, nil
	}
	view := &approvalView{
		Effect: EffectOf(run.Devices), Carriers: run.Carriers,
		All: runAddress(run.Head.ID, string(remediate.Change), ""),
	}
	byWord := map[string][]RunRow{}
	for _, row := range run.Devices {
		byWord[row.Word] = append(byWord[row.Word], row)
	}
	var err error
	view.Written, view.Unlisted, err = s.firstOf(ctx, run.Head, byWord[string(remediate.Change)])
	for _, word := range unwrittenWords {
		one := unwritten{unwrittenWord: word, Count: len(byWord[word.Word])}
		if one.Count == 0 || err != nil {
			continue
		}
		one.All = runAddress(run.Head.ID, word.Word, "")
		if word.Reason {
			one.Devices, one.Unlisted, err = s.firstOf(ctx, run.Head, byWord[word.Word])
		}
		view.Unwritten = append(view.Unwritten, one)
	}
	return view, err
}

// firstOf reads the first devices of a list, and says how many more there are.
func (s *Site) firstOf(ctx context.Context, head report.RunHead, rows []RunRow) ([]report.Shown, int, error) {
	listed := rows[:min(len(rows), mostToDecide)]
	devices, err := s.shown(ctx, head, listed)
	return devices, len(rows) - len(listed), err
}

// Package webdata provides package web with data and actions, from a store, a scheduler and the journals.
package webdata

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
	"github.com/acfix/acfix/internal/server/web"
)

// ProviderOptions are the sources of the data.
type ProviderOptions struct {
	Ledger   report.Ledger
	JobsFile jobs.JobsFile
	// Listed returns the devices of the jobs' inventories; nil, or returning nil, it lists all.
	Listed    func() *known.Listed
	Scheduler Scheduler
	// EndPaused ends a paused run for a person; store.ErrNotWaiting if it is not paused any more.
	EndPaused func(run string, by store.Rejection) error
	// Journal returns this machine's journal of a device. A shared store has its own journals.
	Journal func(evidence.Subject) ([]journal.Entry, error)
	Now     func() time.Time
	// Sleep waits, or returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
}

// Scheduler starts the runs of jobs.
type Scheduler interface {
	// RunNow starts a job's run without waiting. It returns false, starting none, during a run or a shutdown.
	RunNow(j jobs.Job) (begun bool)
	// StopRun asks a run that this process leads to stop, for a person; false if it leads no such run.
	StopRun(run, person string) (asked bool)
	// Leads reports whether this process leads the run.
	Leads(run string) bool
	// ResumeNow goes on with a run of a job without waiting. It returns false, resuming none, during a run or a shutdown.
	ResumeNow(left store.Run, j jobs.Job) (begun bool)
	// Standing returns the state of a job in this process.
	Standing(name string) scheduler.JobState
}

// Provider implements web.Data and web.Actions.
type Provider struct {
	ProviderOptions
	store    *store.Store
	fleet    *fleetIndex
	outlines *runIndex
	counts   countIndex
}

// New makes a provider. The fleet stays empty until Keep runs.
func New(options ProviderOptions) *Provider {
	s := &Provider{
		ProviderOptions: options, store: options.Ledger.Store,
		fleet: newFleetIndex(options), outlines: newRunIndex(options),
	}
	s.outlines.journal = s.journal
	return s
}

// Keep keeps the fleet up to date until the context ends.
func (s *Provider) Keep(ctx context.Context) {
	for {
		s.fleet.refresh(ctx)
		s.countNewest(ctx)
		if s.Sleep(ctx, newsEvery) != nil {
			return
		}
	}
}

// webError gives errors of the store the kinds of package web.
func webError(err error) error {
	if err == nil || errors.Is(err, web.ErrUnknown) {
		return err
	}
	switch {
	case errors.Is(err, store.ErrUnknownRun), errors.Is(err, store.ErrAmbiguous),
		errors.Is(err, store.ErrUnknownDevice), errors.Is(err, store.ErrNoArtifact):
		return fmt.Errorf("%w: %w", web.ErrUnknown, err)
	case errors.Is(err, store.ErrNotWaiting):
		return fmt.Errorf("%w: %w", web.ErrNotWaiting, err)
	default:
		return fmt.Errorf("%w: %w", web.ErrTrouble, err)
	}
}

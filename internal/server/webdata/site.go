// Package webdata is what the pages of package web show and do: by a store, a scheduler and what this
// machine keeps of devices, which all come in. It knows no pages and no people.
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
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/scheduler"
	"github.com/acfix/acfix/internal/server/web"
)

// ProviderOptions says where the data of the pages comes from.
type ProviderOptions struct {
	Ledger    report.Ledger
	JobsFile  jobs.JobsFile
	Scheduler Scheduler
	// Journal is what was taken down of a device, as this machine has it. A store that machines
	// share has its own.
	Journal func(evidence.Device) ([]journal.Entry, error)
	Now     func() time.Time
	// Sleep waits, or returns early with the context's error.
	Sleep func(context.Context, time.Duration) error
	Log   *slog.Logger
}

// Scheduler begins the runs of jobs.
type Scheduler interface {
	// RunNow begins a run of a job and does not wait for it. It begins none, and says so, while
	// one goes on, and once the process is about to end.
	RunNow(j jobs.Job) (begun bool)
	// Standing is how the job of a name stands with this process.
	Standing(name string) scheduler.Standing
}

// Provider is what pages show and do: the web.Data and its web.Actions.
type Provider struct {
	ProviderOptions
	store    *store.Store
	fleet    *fleetIndex
	outlines *runIndex
}

// New makes a source. Nothing is known of the fleet before Keep.
func New(options ProviderOptions) *Provider {
	return &Provider{
		ProviderOptions: options, store: options.Ledger.Store,
		fleet: newFleetIndex(options), outlines: newRunIndex(options.Ledger, options.Now),
	}
}

// Keep keeps what is shown of the fleet up to date until the context ends.
func (s *Provider) Keep(ctx context.Context) { s.fleet.keep(ctx) }

// webError gives errors of the store the kinds that pages know.
func webError(err error) error {
	switch {
	case err == nil, errors.Is(err, web.ErrUnknown):
		return err
	case errors.Is(err, store.ErrUnknownRun), errors.Is(err, store.ErrAmbiguous), errors.Is(err, store.ErrUnknownDevice), errors.Is(err, store.ErrNoArtifact):
		return fmt.Errorf("%w: %w", web.ErrUnknown, err)
	case errors.Is(err, store.ErrNotWaiting):
		return fmt.Errorf("%w: %w", web.ErrNotWaiting, err)
	default:
		return fmt.Errorf("%w: %w", web.ErrTrouble, err)
	}
}

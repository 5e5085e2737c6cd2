package evidence

import (
	"context"
	"errors"
	"time"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Pruner deletes old backups that nothing needs any more. It keeps journals.
type Pruner struct {
	Files   Files  // locks the devices of this machine's runs
	Journal Keeper // has the journals of the runs
	Disk    backup.Disk
	Run     func(ctx context.Context, id string) (store.Run, error) // store.ErrUnknownRun if no run has the ID
	// DryRun deletes nothing.
	DryRun bool
}

// Why an old backup stays.
const (
	KeptUnsaved = "the device may have unsaved changes of acfix"
	KeptRun     = "its run has not ended, or can be resumed"
	KeptHeld    = "a run is working on the device"
)

// lockPatience is how long a prune waits for a run at the device.
const lockPatience = time.Second

// Prune deletes an old backup, or returns why it stays. No run works on the device meanwhile.
func (p Pruner) Prune(ctx context.Context, old backup.Listed) (kept string, err error) {
	m := old.Manifest
	device := Subject{Target: m.Target, URL: m.URL, Serial: m.Serial, MAC: m.MAC}
	held, failure := p.Files.Hold(ctx, "", device, lockPatience)
	if failure != nil && failure.Code != remediate.CodeLocked {
		return "", errors.New(failure.Message)
	}
	if failure != nil {
		return KeptHeld, ctx.Err()
	}
	defer held.Release()
	if kept, err := p.need(ctx, device, m.Run); kept != "" || err != nil || p.DryRun {
		return kept, err
	}
	return "", backup.Remove(p.Disk, old.Directory)
}

func (p Pruner) need(ctx context.Context, device Subject, run string) (why string, err error) {
	entries, err := p.Journal.Entries(device)
	if err != nil {
		return "", err
	}
	earlier := journal.Earlier(entries, p.Journal.Boot())
	if len(earlier.Unsaved) > 0 || len(earlier.Perhaps) > 0 || earlier.Died != "" {
		return KeptUnsaved, nil
	}
	if run == "" {
		return "", nil
	}
	begun, err := p.Run(ctx, run)
	switch {
	case errors.Is(err, store.ErrUnknownRun):
		return "", nil
	case err != nil:
		return "", err
	case begun.State != store.RunDone:
		return KeptRun, nil
	default:
		return "", nil
	}
}

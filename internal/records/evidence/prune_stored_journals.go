package evidence

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// oldStoredJournals are the journals of a store that machines share.
type oldStoredJournals struct {
	oldJournals
	shared  Shared
	names   []string
	backups map[string]bool // such as store:12
}

func (p Pruner) pruneStored(ctx context.Context, before time.Time) ([]Pruned, error) {
	shared, isShared := p.Journal.(Shared)
	if p.Stored == nil || !isShared {
		return nil, nil
	}
	old := oldStoredJournals{
		oldJournals: oldJournals{
			Pruner: p, before: before, standing: map[string]bool{}, gone: map[string]bool{}, boot: shared.Boot(),
		},
		shared: shared, backups: map[string]bool{},
	}
	artifacts, err := p.Stored.Artifacts(ctx, PackedBackup)
	if err != nil {
		return nil, err
	}
	for _, artifact := range artifacts {
		old.standing[artifact.Device] = true
		old.backups[fmt.Sprintf("%s%d", InStore, artifact.ID)] = true
	}
	if old.names, err = p.Stored.Journals(ctx); err != nil {
		return nil, err
	}
	old.names = slices.DeleteFunc(old.names, func(name string) bool { return !statedir.IsDevice(name) })
	old.leads = old.leadsOn
	return old.pruneAll(ctx, old.names, func(name string) string { return InStore + name }, old.prune), nil
}

// prune deletes a journal if it is over. A run at a device has the lease of each journal that it reads.
func (o oldStoredJournals) prune(ctx context.Context, name string) (over bool, err error) {
	held, err := o.shared.Holder.Devices(ctx, "", lockPatience, name)
	if errors.Is(err, store.ErrHeld) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer held.End()
	lines, err := readStore(ctx, o.Stored, []string{name})
	if err != nil {
		return false, err
	}
	if over, err = o.isOver(ctx, name, entriesOf(lines)); !over || err != nil || o.DryRun {
		return over, err
	}
	return true, o.Stored.DeleteJournal(ctx, name, held.Lease())
}

func (o oldStoredJournals) leadsOn(entry journal.Entry) bool {
	switch {
	case entry.Event == journal.Named:
		return slices.Contains(o.names, entry.Detail) && !o.gone[entry.Detail]
	case entry.Event != remediate.EventBackup:
		return false
	case strings.HasPrefix(entry.Detail, InStore):
		return o.backups[entry.Detail]
	default:
		return mayStand(entry.Detail)
	}
}

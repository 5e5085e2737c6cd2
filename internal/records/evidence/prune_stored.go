package evidence

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/store"
)

// oldStored returns the old backups of a store, oldest first, and the number of all. A damaged one is not old: its
// device is unknown.
func oldStored(ctx context.Context, kept *store.Store, rule Rule) (old []backup.Listed, all int, err error) {
	artifacts, err := kept.Artifacts(ctx, PackedBackup)
	if err != nil {
		return nil, 0, err
	}
	for _, artifact := range oldArtifacts(artifacts, rule) {
		_, data, err := kept.Artifact(ctx, artifact.ID)
		switch {
		case errors.Is(err, store.ErrNoArtifact), errors.Is(err, store.ErrDamaged):
			continue
		case err != nil:
			return nil, 0, err
		}
		if opened, err := backup.Open(data); err == nil {
			place := fmt.Sprintf("%s%d", InStore, artifact.ID)
			old = append(old, backup.Listed{Directory: place, Manifest: opened.Manifest})
		}
	}
	return old, len(artifacts), nil
}

// oldArtifacts does what backup.Old does: the name of an artifact's device is that of its journal.
func oldArtifacts(artifacts []store.Artifact, rule Rule) []store.Artifact {
	byDevice := map[string]int{}
	var old []store.Artifact
	newestFirst := slices.SortedFunc(slices.Values(artifacts), func(a, b store.Artifact) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	for _, artifact := range newestFirst {
		byDevice[artifact.Device]++
		if byDevice[artifact.Device] > rule.Last && artifact.Created.Before(rule.Before) {
			old = append(old, artifact)
		}
	}
	slices.Reverse(old)
	return old
}

// forget deletes a backup of the store under the lease of its device.
func forget(held Grip, place string) error {
	grip, isShared := held.(*sharedGrip)
	id, err := strconv.ParseInt(strings.TrimPrefix(place, InStore), 10, 64)
	if err != nil || !isShared {
		return fmt.Errorf("%s is no backup in a store that machines share", place)
	}
	return grip.whileHeld(func(ctx context.Context, lease *store.Lease) error {
		return grip.shared.Holder.Store.DeleteArtifact(ctx, id, *lease)
	})
}

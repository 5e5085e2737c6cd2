package remediate

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
)

// isLastChange reports whether nothing but the save follows the current step.
func (r *run) isLastChange() bool {
	for _, step := range slices.Backward(r.plan.Steps) {
		if step.Kind.Changes() {
			return step == *r.current
		}
	}
	return false
}

// withOtherStores reads a store back and then the others. It returns all of them, in the order of the backup: the
// reading before the save goes on from them. Where another store can't be read it returns none, and that reading
// begins anew.
// docs/design/remediate.md: The last store read back begins the reading before the save
func (r *run) withOtherStores(ctx context.Context, read reading, back *ContextFiles) ([]ContextFiles, error) {
	r.beside = nil
	all := r.before.begun(r.Now)
	var lacking atomic.Bool
	readings := []reading{read}
	for i := range all.Contexts {
		if other := &all.Contexts[i]; other.ID != back.ID {
			readings = append(readings, func(ctx context.Context) error {
				if other.readRoots(r.Device)(ctx) != nil {
					lacking.Store(true)
				}
				return nil
			})
		}
	}
	if err := together(ctx, readings...); err != nil || lacking.Load() {
		return nil, err
	}
	for i, files := range all.Contexts {
		if files.ID == back.ID {
			all.Contexts[i].Roots = back.Roots
		}
	}
	return all.Contexts, nil
}

// stillSame fails if another unit answers, or the unit restarted. A status that can't be read says neither.
func (r *run) stillSame(ctx context.Context) error {
	if r.beside != nil {
		return nil
	}
	if _, err := r.Device.Status(ctx); errors.Is(err, errOtherUnit) {
		return err
	}
	return nil
}

package remediate

import (
	"context"
	"fmt"
	"slices"

	"github.com/acfix/acfix/certs"
)

// importRoot adds one required root to a TLS Context's store. Each attempt reads the store first and sends nothing if
// the root is there: what a device does with a second copy is not documented.
func (r *run) importRoot(ctx context.Context, id int, fingerprint string) error {
	root, ok := r.terms.Policy.Find(fingerprint)
	if !ok {
		return fmt.Errorf("%s is not one of the roots that the policy requires", fingerprint)
	}
	return r.whileBusy(ctx, func(ctx context.Context) error {
		if err := r.learnBeforeWriting(ctx); err != nil {
			return err
		}
		before, err := r.storeBefore(ctx, id)
		if err != nil || before.Has(fingerprint) {
			return err
		}
		return r.writeOnce(ctx, write{
			what:    fmt.Sprintf("import %q into TLS Context %d", root.Name, id),
			send:    func(ctx context.Context) error { return r.Device.AddTrustedRoot(ctx, id, root.PEM()) },
			seen:    func(ctx context.Context) (bool, error) { return r.rootShows(ctx, id, before, fingerprint) },
			event:   EventSeen,
			changes: []Step{*r.current},
		})
	})
}

// rootShows reads the store back, and fails if it lost anything. Beside it, it reads what comes next: the status
// before another write, or the other stores before the save.
func (r *run) rootShows(ctx context.Context, id int, before certs.Store, fingerprint string) (bool, error) {
	back := ContextFiles{ID: id}
	read := func(ctx context.Context) (err error) { back.Roots, err = r.Device.TrustedRoots(ctx, id); return err }
	var stores []ContextFiles
	var err error
	if r.isLastChange() {
		stores, err = r.withOtherStores(ctx, read, &back)
	} else {
		err = r.withUnit(ctx, read, false)
	}
	if err != nil {
		return false, err
	}
	after := certs.ParseStore(back.Roots.PEM)
	shows, err := after.Has(fingerprint), r.lostFrom(id, before, after)
	switch {
	case err != nil:
		return shows, err
	case !shows:
		return false, r.stillSame(ctx)
	}
	r.stores[id], r.readBack = after, stores
	return true, nil
}

// keepStores keeps the stores of a reading that the plan imports into.
func (r *run) keepStores(contexts []ContextFiles) {
	for _, files := range contexts {
		imports := func(s Step) bool { return s.Kind == StepImportRoot && *s.Context == files.ID }
		if slices.ContainsFunc(r.plan.Steps, imports) {
			r.stores[files.ID] = certs.ParseStore(files.Roots.PEM)
		}
	}
}

// storeBefore is the store that the last reading showed, once: the backup's, or what was read back after the
// root before. Each further attempt reads it anew, for others had time to change it.
func (r *run) storeBefore(ctx context.Context, id int) (certs.Store, error) {
	if last, isFresh := r.stores[id]; isFresh {
		delete(r.stores, id)
		return last, nil
	}
	_, store, err := r.wholeStore(ctx, id)
	return store, err
}

func (r *run) store(ctx context.Context, id int) (certs.Store, error) {
	roots, err := r.Device.TrustedRoots(ctx, id)
	if err != nil {
		return certs.Store{}, err
	}
	return certs.ParseStore(roots.PEM), nil
}

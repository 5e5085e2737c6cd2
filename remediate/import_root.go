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
	root, ok := certs.Find(fingerprint)
	if !ok {
		return fmt.Errorf("%s is not one of the required roots", fingerprint)
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

// rootShows reads the store back, and fails if it lost anything.
func (r *run) rootShows(ctx context.Context, id int, before certs.Store, fingerprint string) (bool, error) {
	var after certs.Store
	err := r.withUnit(ctx, func(ctx context.Context) (err error) { after, err = r.store(ctx, id); return err }, false)
	if err != nil {
		return false, err
	}
	shows, err := after.Has(fingerprint), r.lostFrom(id, before, after)
	if shows && err == nil {
		r.stores[id] = after
	}
	return shows, err
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

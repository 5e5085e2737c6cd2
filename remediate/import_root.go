package remediate

import (
	"context"
	"fmt"

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
		_, before, err := r.wholeStore(ctx, id)
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
	after, err := r.store(ctx, id)
	if err != nil {
		return false, err
	}
	return after.Has(fingerprint), r.lostFrom(id, before, after)
}

func (r *run) store(ctx context.Context, id int) (certs.Store, error) {
	roots, err := r.Device.TrustedRoots(ctx, id)
	if err != nil {
		return certs.Store{}, err
	}
	return certs.ParseStore(roots.PEM), nil
}

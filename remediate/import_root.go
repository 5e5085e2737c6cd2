package remediate

import (
	"context"
	"fmt"

	"github.com/acfix/acfix/certs"
)

// importRoot adds one required root to a TLS Context's store. A root that is there
// already is not sent again: what a device makes of a second copy is not documented. So each
// attempt begins with a reading.
func (r *run) importRoot(ctx context.Context, id int, fingerprint string) error {
	root, ok := certs.Find(fingerprint)
	if !ok {
		return fmt.Errorf("%s is none of the required roots", fingerprint)
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

// rootShows reads the store back. Whatever was in it must still be there.
func (r *run) rootShows(ctx context.Context, id int, before certs.Store, fingerprint string) (bool, error) {
	after, err := r.store(ctx, id)
	if err != nil {
		return false, err
	}
	for _, certificate := range before.Certificates {
		if !after.Has(certificate.SHA256) {
			return false, fmt.Errorf("%w: %w: TLS Context %d lost the trusted root %q (%s)",
				ErrDamaged, ErrNotVerified, id, certificate.X509.Subject.CommonName, certificate.SHA256)
		}
	}
	return after.Has(fingerprint), nil
}

func (r *run) store(ctx context.Context, id int) (certs.Store, error) {
	roots, err := r.Device.TrustedRoots(ctx, id)
	if err != nil {
		return certs.Store{}, err
	}
	return certs.ParseStore(roots.PEM), nil
}

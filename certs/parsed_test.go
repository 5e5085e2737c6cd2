package certs_test

import (
	"sync"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheSameCertificateInManyStores: whoever reads it, side by side, and also after more
// certificates came by than are kept.
func TestTheSameCertificateInManyStores(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	common := pemOf(ca.certificate.Raw)
	want := certs.ParseStore(common).Certificates[0]
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			got := certs.ParseStore(append(common[:len(common):len(common)], common...))
			if assert.Len(t, got.Certificates, 2) {
				assert.Equal(t, want.X509.Raw, got.Certificates[0].X509.Raw)
				assert.Equal(t, want.SHA256, got.Certificates[1].SHA256)
			}
		})
	}
	readers.Wait()
	key := newKey(t).Public()
	for range 600 {
		der := ca.issue(t, template("Other", today), key)
		store := certs.ParseStore(pemOf(der))
		require.Len(t, store.Certificates, 1)
		require.Equal(t, der, store.Certificates[0].X509.Raw)
	}
	assert.Equal(t, want.X509.Raw, certs.ParseStore(common).Certificates[0].X509.Raw)
}

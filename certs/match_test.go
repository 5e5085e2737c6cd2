package certs_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFind(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	late := time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, root := range certs.Required() {
		twin, otherTwin, namesake := ca.twin(t, root), newAuthority(t).twin(t, root), ca.namesake(t, root)
		stranger := ca.certificate.Raw
		itself := root.Certificate().Raw
		tests := map[string]struct {
			store            [][]byte
			now              time.Time
			present, expired bool
			twins, namesakes [][]byte
		}{
			"empty store":          {now: today},
			"missing":              {store: [][]byte{stranger}, now: today},
			"present":              {store: [][]byte{stranger, itself}, now: today, present: true},
			"present twice":        {store: [][]byte{itself, itself}, now: today, present: true},
			"expired":              {store: [][]byte{itself}, now: late, present: true, expired: true},
			"missing, not expired": {store: [][]byte{stranger}, now: late},
			"a twin only":          {store: [][]byte{twin}, now: today, twins: [][]byte{twin}},
			"an old twin":          {store: [][]byte{twin}, now: late, twins: [][]byte{twin}},
			"two twins":            {store: [][]byte{twin, otherTwin}, now: today, twins: [][]byte{twin, otherTwin}},
			"twin beside the root": {store: [][]byte{twin, itself}, now: today, present: true, twins: [][]byte{twin}},
			"a namesake":           {store: [][]byte{namesake}, now: today, namesakes: [][]byte{namesake}},
			"all at once":          {store: [][]byte{namesake, twin, stranger, itself}, now: today, present: true, twins: [][]byte{twin}, namesakes: [][]byte{namesake}},
		}
		for name, test := range tests {
			t.Run(root.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				store := certs.ParseStore(pemOf(test.store...))
				require.Empty(t, store.Problems)
				match := store.Find(root, test.now)
				assert.Equal(t, root, match.Root)
				assert.Equal(t, test.present, match.Present)
				assert.Equal(t, test.expired, match.Expired)
				assert.Equal(t, test.twins, rawOf(match.Twins), "twins")
				assert.Equal(t, test.namesakes, rawOf(match.Namesakes), "namesakes")
			})
		}
	}
}

func rawOf(certificates []certs.Certificate) [][]byte {
	var ders [][]byte
	for _, certificate := range certificates {
		ders = append(ders, certificate.X509.Raw)
	}
	return ders
}

func TestARootIsValidUpToItsLastSecond(t *testing.T) {
	t.Parallel()
	for _, root := range certs.Required() {
		store := certs.ParseStore(root.PEM())
		end := root.Certificate().NotAfter
		assert.False(t, store.Find(root, end).Expired, root.Name)
		assert.True(t, store.Find(root, end.Add(time.Second)).Expired, root.Name)
	}
}

func TestExpired(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	old := ca.issue(t, template("Baltimore CyberTrust Root", today.AddDate(0, 0, -1)), newKey(t).Public())
	root := certs.Required()[0]
	store := certs.ParseStore(pemOf(root.Certificate().Raw, old, ca.certificate.Raw))

	assert.Equal(t, [][]byte{old}, rawOf(store.Expired(today)))
	assert.Empty(t, store.Expired(today.AddDate(0, 0, -2)))
	assert.Equal(t, [][]byte{root.Certificate().Raw, old, ca.certificate.Raw}, rawOf(store.Expired(today.AddDate(50, 0, 0))), "in the store's order")
	assert.Empty(t, certs.Store{}.Expired(today))
}

package certs_test

import (
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"sync"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chainOf is a root, an intermediate and a leaf.
func chainOf(t testing.TB) (root authority, intermediate, leaf *x509.Certificate) {
	t.Helper()
	root, key := newAuthority(t), newKey(t)
	intermediate = parsed(t, root.issue(t, template("Intermediate", today.AddDate(5, 0, 0)), key.Public()))
	own := template("leaf.example.com", today.AddDate(1, 0, 0))
	own.IsCA = false
	leaf = parsed(t, authority{intermediate, key}.issue(t, own, newKey(t).Public()))
	return root, intermediate, leaf
}

func parsed(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate
}

// TestASignatureIsComputedOnce for each child and parent of a run, whoever asks and how often.
func TestASignatureIsComputedOnce(t *testing.T) {
	t.Parallel()
	root, intermediate, leaf := chainOf(t)
	memo := certs.NewMemo()
	anchors, others := certs.NewAnchors("the roots", []*x509.Certificate{root.certificate}, memo)
	require.Empty(t, others)
	search := certs.Search{Leaf: leaf, Others: []*x509.Certificate{intermediate, root.certificate}, Anchors: anchors, Memo: memo}
	var askers sync.WaitGroup
	for range 8 {
		askers.Go(func() {
			found := search.Run()
			assert.Equal(t, certs.Anchored, found.Paths[0].End)
			assert.Equal(t, root.certificate.Raw, found.Paths[0].Top().Raw)
			assert.Empty(t, found.Paths[0].Flaw())
		})
	}
	askers.Wait()
	assert.Equal(t, 3, memo.Computed(), "leaf, intermediate and root, once each")
	reread := *leaf // another reading of the same bytes
	assert.Equal(t, certs.Signed, memo.Signing(&reread, intermediate))
	assert.Equal(t, 3, memo.Computed())
	assert.Equal(t, certs.NotSigned, memo.Signing(leaf, root.certificate))
	assert.Equal(t, 4, memo.Computed())
	var none *certs.Memo
	assert.Equal(t, certs.Signed, none.Signing(leaf, intermediate), "no memo computes anew")
}

// TestAMemoThatIsFullComputesAnew, and stays right.
func TestAMemoThatIsFullComputesAnew(t *testing.T) {
	t.Parallel()
	root, intermediate, leaf := chainOf(t)
	memo := certs.NewMemo()
	for i := range 20_000 {
		other := *leaf
		other.Raw = big.NewInt(int64(i)).Bytes()
		other.SignatureAlgorithm = x509.MD5WithRSA // costs nothing
		require.NotEqual(t, certs.Signed, memo.Signing(&other, root.certificate))
	}
	assert.Equal(t, certs.Signed, memo.Signing(leaf, intermediate))
}

// TestRootsOfTheSystem are found by canonical name and by signature, also those that have expired.
func TestRootsOfTheSystem(t *testing.T) {
	t.Parallel()
	root, intermediate, leaf := chainOf(t)
	search := func(pool *x509.CertPool, leaf *x509.Certificate, others ...*x509.Certificate) (certs.Path, *certs.Memo) {
		memo := certs.NewMemo()
		anchors := certs.SystemAnchors("this machine", pool, memo)
		return certs.Search{Leaf: leaf, Others: others, Anchors: anchors, Memo: memo}.Run().Paths[0], memo
	}
	pool := x509.NewCertPool()
	pool.AddCert(newAuthority(t).certificate) // of the same name
	pool.AddCert(root.certificate)
	path, memo := search(pool, leaf, intermediate)
	require.Equal(t, certs.Anchored, path.End)
	assert.Equal(t, root.certificate.Raw, path.Top().Raw)
	assert.Equal(t, 2, memo.Computed())
	path, _ = search(pool, root.certificate)
	assert.Equal(t, certs.Anchored, path.End, "a root is its own anchor")

	written := *root.certificate
	written.RawSubject = asUTF8(written.RawSubject)
	key := newKey(t)
	other := parsed(t, authority{&written, root.key}.issue(t, template("Other", today.AddDate(5, 0, 0)), key.Public()))
	path, _ = search(pool, other)
	assert.Equal(t, certs.Anchored, path.End, "the name in another kind of string")

	stranger := x509.NewCertPool()
	stranger.AddCert(newAuthority(t).certificate)
	path, _ = search(stranger, leaf, intermediate)
	assert.Equal(t, certs.Open, path.End)
	assert.Equal(t, certs.AmongAnchors, path.Namesake)
	path, _ = search(x509.NewCertPool(), leaf, intermediate)
	assert.Equal(t, certs.NoNamesake, path.Namesake)

	old := template("Test CA", today.AddDate(0, 0, -1))
	der, err := x509.CreateCertificate(rand.Reader, old, old, root.key.Public(), root.key)
	require.NoError(t, err)
	expired := x509.NewCertPool()
	expired.AddCert(parsed(t, der))
	path, _ = search(expired, leaf, intermediate)
	require.Equal(t, certs.Anchored, path.End)
	assert.Equal(t, der, path.OutOfTime(today).Raw)
}

// TestOnlyRootsAreAnchors: the leaf or its intermediate must not vouch for itself.
func TestOnlyRootsAreAnchors(t *testing.T) {
	t.Parallel()
	root, intermediate, leaf := chainOf(t)
	anchors, others := certs.NewAnchors("all", []*x509.Certificate{leaf, root.certificate, intermediate}, nil)
	assert.Equal(t, []*x509.Certificate{leaf, intermediate}, others)
	path := certs.Search{Leaf: leaf, Anchors: anchors}.Run().Paths[0]
	assert.Equal(t, certs.Open, path.End)
	anchors.Add(intermediate)
	path = certs.Search{Leaf: leaf, Anchors: anchors}.Run().Paths[0]
	assert.Equal(t, certs.Anchored, path.End, "unless a lab says so")
}

package remediate_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chain is a leaf for the presets' host name, an intermediate and a root, all with EC keys.
type chain struct{ leaf, intermediate, root []byte }

func ecChain(t testing.TB, public any, curve elliptic.Curve, change func(leaf, intermediate, root *x509.Certificate)) chain {
	t.Helper()
	keys := make([]*ecdsa.PrivateKey, 2)
	for i := range keys {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		require.NoError(t, err)
		keys[i] = key
	}
	ca := func(name string) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
			NotBefore: testTime.AddDate(-1, 0, 0), NotAfter: testTime.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageCertSign,
		}
	}
	root, intermediate := ca("Some Root"), ca("Some Intermediate")
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: localHostName}, DNSNames: []string{localHostName},
		NotBefore: testTime.AddDate(0, -1, 0), NotAfter: testTime.AddDate(0, 6, 0), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(leaf, intermediate, root)
	var made chain
	made.root = sign(t, root, root, keys[0].Public(), keys[0])
	made.intermediate = sign(t, intermediate, root, keys[1].Public(), keys[0])
	made.leaf = sign(t, leaf, intermediate, public, keys[1])
	return made
}

func sign(t testing.TB, template, parent *x509.Certificate, public, key any) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, key)
	require.NoError(t, err)
	return der
}

func asSigned(_, _, _ *x509.Certificate) {}

// rigWithChain is a device with that certificate and its chain in the store.
func rigWithChain(t *testing.T, c chain, more ...[]byte) *rig {
	t.Helper()
	model := preset(t, "7.4.500")
	model.Contexts[1].Certificate, model.Contexts[1].Key = c.leaf, nil
	model.Contexts[1].Roots = append(model.Contexts[1].Roots, slices.Concat([][]byte{c.intermediate, c.root}, more)...)
	return newRig(t, model)
}

func rsaPublic(t testing.TB) any {
	t.Helper()
	key, err := caKey()
	require.NoError(t, err)
	return key.Public()
}

func ecPublic(t testing.TB) any {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	return key.Public()
}

func messageOf(plan remediate.DevicePlan, code string) string {
	for _, f := range plan.Findings {
		if f.Code == code {
			return f.Message
		}
	}
	return ""
}

// TestAPlanLooksAtTheWholeChain: at each certificate's expiry, limits and key.
func TestAPlanLooksAtTheWholeChain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		public func(testing.TB) any
		change func(leaf, intermediate, root *x509.Certificate)
		code   string
		says   string
	}{
		"the intermediate ends first": {rsaPublic, func(_, intermediate, _ *x509.Certificate) { intermediate.NotAfter = testTime.AddDate(0, 0, 10) },
			remediate.CertificateExpiresSoon, `the intermediate "Some Intermediate" expires on`},
		"the root ends first": {rsaPublic, func(_, _, root *x509.Certificate) { root.NotAfter = testTime.AddDate(0, 0, 10) },
			remediate.CertificateExpiresSoon, `the root "Some Root" expires on`},
		"the intermediate has ended": {rsaPublic, func(_, intermediate, _ *x509.Certificate) { intermediate.NotAfter = testTime.AddDate(0, 0, -1) },
			remediate.CertificateExpiresSoon, `the intermediate "Some Intermediate" has expired`},
		"the intermediate is for clients alone": {rsaPublic, func(_, intermediate, _ *x509.Certificate) {
			intermediate.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		}, remediate.CertificateNoServerAuth, `the CA "Some Intermediate" limits`},
		"an EC key": {ecPublic, asSigned, remediate.SBCCertificateEC, "Teams' four cipher suites are ECDHE-RSA"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := rigWithChain(t, ecChain(t, test.public(t), elliptic.P256(), test.change)).lookedAt(remediate.Choice{})
			assert.Contains(t, messageOf(plan, test.code), test.says, "%v", plan.Findings)
			assert.Equal(t, remediate.Change, plan.Verdict, "the certificate decides nothing")
			for _, f := range plan.Findings {
				if f.Code == test.code {
					assert.Equal(t, remediate.Warning, f.Level)
				}
			}
		})
	}
	plan := rigWithChain(t, ecChain(t, rsaPublic(t), elliptic.P256(), asSigned)).lookedAt(remediate.Choice{})
	assert.Empty(t, messageOf(plan, remediate.SBCCertificateEC), "an RSA key under EC CAs serves")
	assert.Empty(t, ofCertificates(plan))
}

// TestARunComputesEachSignatureOnce, over all its devices and for all host names.
func TestARunComputesEachSignatureOnce(t *testing.T) {
	t.Parallel()
	made := ecChain(t, rsaPublic(t), elliptic.P256(), asSigned)
	memo := certs.NewMemo()
	for device := range 3 {
		r := rigWithChain(t, made)
		r.device.AddRow("IPGroup", 2, map[string]string{"Name": "Teams2", "ProxySetName": "teams", "ContactName": "sbc02.contoso.example"})
		client := r.client(true)
		state, err := remediate.ReadAlso(context.Background(), client, remediate.Choice{}, remediate.Also{Certificates: time.Minute}, r.clock.Now)
		require.NoError(t, err)
		terms := r.terms(remediate.Choice{})
		terms.Memo = memo
		remediate.Build(state, terms)
		assert.Equal(t, 3, memo.Computed(), "device %d: leaf, intermediate and root", device)
	}
}

// oddRoot is a root whose key crypto/x509 refuses: it is on a brainpool curve.
func oddRoot(t *testing.T, made chain) []byte {
	t.Helper()
	fields := func(der []byte) (all []asn1.RawValue) {
		var outer asn1.RawValue
		_, err := asn1.Unmarshal(der, &outer)
		require.NoError(t, err)
		for rest := outer.Bytes; len(rest) > 0; {
			var value asn1.RawValue
			rest, err = asn1.Unmarshal(rest, &value)
			require.NoError(t, err)
			all = append(all, value)
		}
		return all
	}
	outer := fields(made.root)
	inner := fields(outer[0].FullBytes)
	key, err := asn1.Marshal(struct {
		Algorithm struct{ Kind, Curve asn1.ObjectIdentifier }
		Key       asn1.BitString
	}{struct{ Kind, Curve asn1.ObjectIdentifier }{[]int{1, 2, 840, 10045, 2, 1}, []int{1, 3, 36, 3, 3, 2, 8, 1, 1, 7}},
		asn1.BitString{Bytes: append([]byte{4}, make([]byte, 64)...), BitLength: 65 * 8}})
	require.NoError(t, err)
	inner[6] = asn1.RawValue{FullBytes: key}
	body, err := asn1.Marshal(inner)
	require.NoError(t, err)
	outer[0] = asn1.RawValue{FullBytes: body}
	der, err := asn1.Marshal(outer)
	require.NoError(t, err)
	_, err = x509.ParseCertificate(der)
	require.Error(t, err)
	return der
}

// TestAStoreWithAnOddCertificateCanBeRestored: the certificate is a finding, and a restore keeps it byte for byte.
func TestAStoreWithAnOddCertificateCanBeRestored(t *testing.T) {
	t.Parallel()
	made := ecChain(t, rsaPublic(t), elliptic.P256(), asSigned)
	odd := oddRoot(t, made)
	r := rigWithChain(t, made, odd)
	before := r.device.Running()
	plan := r.lookedAt(remediate.Choice{})
	assert.Contains(t, messageOf(plan, remediate.OddCertificate), `"Some Root" (SHA-256 `+certs.Fingerprint(odd)+"): it can't be read in full")
	assert.Empty(t, messageOf(plan, remediate.UnreadableStore))
	point := r.repaired(remediate.Choice{})
	require.NotEqual(t, sorted(before.Roots), sorted(r.device.Running().Roots))
	result := r.restore(point)
	require.Nil(t, result.Error, "%+v", result.Error)
	requireBack(t, before, r.device.Running(), "restored")
}

// TestANamesakeInAnotherEncodingIsFound: the type of string does not make a name different.
func TestANamesakeInAnotherEncodingIsFound(t *testing.T) {
	t.Parallel()
	root := certs.Required()[1]
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: root.Certificate().Subject, IsCA: true, BasicConstraintsValid: true,
		NotBefore: testTime.AddDate(-1, 0, 0), NotAfter: testTime.AddDate(5, 0, 0),
	}
	template.Subject.Names = nil
	template.RawSubject = inUTF8(t, root.Certificate().RawSubject)
	key, err := caKey()
	require.NoError(t, err)
	model := preset(t, "7.4.500")
	model.Contexts[1].Roots = append(model.Contexts[1].Roots, sign(t, template, template, key.Public(), key))
	plan := newRig(t, model).plan(remediate.Choice{})
	assert.Contains(t, messageOf(plan, remediate.SameNameOtherCertificate), "DigiCert Global Root G2")
}

// inUTF8 writes the PrintableStrings of a name as UTF8Strings: the two have tags of one octet.
func inUTF8(t *testing.T, name []byte) []byte {
	t.Helper()
	var rdns []pkix.AttributeTypeAndValue
	var all pkix.RDNSequence
	_, err := asn1.Unmarshal(name, &all)
	require.NoError(t, err)
	for _, rdn := range all {
		rdns = append(rdns, rdn...)
	}
	type utf8 struct {
		Type  asn1.ObjectIdentifier
		Value string `asn1:"utf8"`
	}
	var sets []asn1.RawValue
	for _, pair := range rdns {
		inner, err := asn1.Marshal(utf8{pair.Type, pair.Value.(string)})
		require.NoError(t, err)
		sets = append(sets, asn1.RawValue{Class: asn1.ClassUniversal, Tag: asn1.TagSet, IsCompound: true, Bytes: inner})
	}
	der, err := asn1.Marshal(sets)
	require.NoError(t, err)
	require.NotEqual(t, name, der)
	return der
}

// BenchmarkCertificateOfAPlan shows how much CPU time a run's Memo saves for a device whose chain has P-384 keys.
func BenchmarkCertificateOfAPlan(b *testing.B) {
	made := ecChain(b, ecPublic(b), elliptic.P384(), asSigned)
	var subject check.Subject
	for i, der := range [][]byte{made.leaf, made.intermediate, made.root} {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			subject.Leaf = certificate
		} else {
			subject.Others = append(subject.Others, certificate)
		}
	}
	profile, _ := check.Find(check.Teams)
	options := check.Circumstances{Name: localHostName, Now: testTime}
	for name, memo := range map[string]*certs.Memo{"with the run's memo": certs.NewMemo(), "alone": nil} {
		b.Run(name, func(b *testing.B) {
			subject.Memo = memo
			for b.Loop() {
				check.Examine(profile, subject, options)
			}
		})
	}
}

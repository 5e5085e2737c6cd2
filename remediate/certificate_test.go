package remediate_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const localHostName = "sbc01.contoso.example" // of the presets

var caKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// issued returns a certificate that Teams would accept but for one change, and its CA's certificate.
func issued(t *testing.T, change func(*x509.Certificate), bits uint) (leaf, ca []byte) {
	t.Helper()
	key, err := caKey()
	require.NoError(t, err)
	issuer := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Some CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: testTime.AddDate(-1, 0, 0), NotAfter: testTime.AddDate(5, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	ca, err = x509.CreateCertificate(rand.Reader, issuer, issuer, key.Public(), key)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: localHostName}, DNSNames: []string{localHostName},
		NotBefore: testTime.AddDate(0, -1, 0), NotAfter: testTime.AddDate(0, 6, 0),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(template)
	modulus := new(big.Int).Lsh(big.NewInt(1), bits-1) // there is no private key
	leaf, err = x509.CreateCertificate(rand.Reader, template, issuer, &rsa.PublicKey{N: modulus.Add(modulus, big.NewInt(1)), E: 65537}, key)
	require.NoError(t, err)
	return leaf, ca
}

func unchanged(*x509.Certificate) {}

// lookedAt returns a plan made with the certificates read.
func (r *rig) lookedAt(choice remediate.Choice) remediate.DevicePlan {
	client := r.client(true)
	defer client.Close()
	state, err := remediate.ReadAlso(context.Background(), client, choice, remediate.Also{Certificates: time.Minute}, r.clock.Now)
	require.NoError(r.t, err)
	return remediate.Build(state, r.terms(choice))
}

func expiry(t *testing.T, text []byte) string {
	t.Helper()
	block, _ := pem.Decode(text)
	if block != nil {
		text = block.Bytes
	}
	certificate, err := x509.ParseCertificate(text)
	require.NoError(t, err)
	return certificate.NotAfter.UTC().Format(time.RFC3339)
}

func ofCertificates(plan remediate.DevicePlan) []string {
	codes := []string{}
	for _, f := range plan.Findings {
		if strings.HasPrefix(f.Code, "certificate_") {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

func TestFindingsOfTheSBCsOwnCertificate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*x509.Certificate)
		bits   uint
		device func(*mockdevice.Device)
		want   []string
	}{
		"nothing wrong":         {want: []string{}},
		"no serverAuth":         {change: func(c *x509.Certificate) { c.ExtKeyUsage[0] = x509.ExtKeyUsageClientAuth }, want: []string{remediate.CertificateNoServerAuth}},
		"expires in ten days":   {change: func(c *x509.Certificate) { c.NotAfter = testTime.AddDate(0, 0, 10) }, want: []string{remediate.CertificateExpiresSoon}},
		"expired":               {change: func(c *x509.Certificate) { c.NotAfter = testTime.AddDate(0, 0, -1) }, want: []string{remediate.CertificateNotValid}},
		"not yet valid":         {change: func(c *x509.Certificate) { c.NotBefore = testTime.AddDate(0, 0, 1) }, want: []string{remediate.CertificateNotValid}},
		"another host":          {change: func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = "", []string{"sbc.example"} }, want: []string{remediate.CertificateOtherName}},
		"RSA 1024":              {bits: 1024, want: []string{remediate.CertificateWeakKey}},
		"SHA-1":                 {change: func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }, want: []string{remediate.CertificateWeakSignature}},
		"several things":        {bits: 1024, change: func(c *x509.Certificate) { c.ExtKeyUsage = nil }, want: []string{remediate.CertificateNoServerAuth, remediate.CertificateWeakKey}},
		"named in another case": {device: hostName("SBC01.Contoso.Example"), want: []string{}},
		"no local host name":    {change: func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = "", nil }, device: hostName(""), want: []string{}},
		"a host name elsewhere": {device: func(d *mockdevice.Device) { d.SetCell("IPGroup", 0, "ContactName", "other.example") }, want: []string{}},
		"two host names": {device: func(d *mockdevice.Device) {
			d.AddRow("IPGroup", 2, map[string]string{"Name": "Teams2", "ProxySetName": "teams", "ContactName": "sbc02.contoso.example"})
		}, want: []string{remediate.CertificateOtherName}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change, bits := unchanged, uint(2048)
			if test.change != nil {
				change = test.change
			}
			if test.bits > 0 {
				bits = test.bits
			}
			model := preset(t, "7.4.500")
			leaf, ca := issued(t, change, bits)
			model.Contexts[1].Certificate, model.Contexts[1].Key = leaf, nil
			model.Contexts[1].Roots = append(model.Contexts[1].Roots, ca)
			r := newRig(t, model)
			if test.device != nil {
				test.device(r.device)
				r.save()
			}
			without, with := r.plan(remediate.Choice{}), r.lookedAt(remediate.Choice{})
			assert.Equal(t, test.want, ofCertificates(with))
			assert.Empty(t, ofCertificates(without))
			assert.Equal(t, without.Verdict, with.Verdict)
			assert.Equal(t, without.Steps, with.Steps)
			assert.Equal(t, without.Digest, with.Digest)
			assert.Equal(t, expiry(t, leaf), with.Contexts[0].CertificateExpires)
			assert.Empty(t, without.Contexts[0].CertificateExpires)
		})
	}
}

func hostName(name string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) { d.SetCell("IPGroup", 1, "ContactName", name) }
}

func TestAnIssuerThatIsNotInTheStoreIsFound(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.Contexts[1].Certificate, _ = issued(t, unchanged, 2048)
	plan := newRig(t, model).lookedAt(remediate.Choice{})
	require.Equal(t, []string{remediate.CertificateChainIncomplete}, ofCertificates(plan))
	for _, f := range plan.Findings {
		if f.Code == remediate.CertificateChainIncomplete {
			assert.Contains(t, f.Message, `the issuer "Some CA" of the SBC's own certificate "sbc01.contoso.example"`)
		}
	}
}

// TestOnlyTheContextsOfAffectedLegsAreAsked: one more request for each store that was read.
func TestOnlyTheContextsOfAffectedLegsAreAsked(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		change func(*mockdevice.Device)
		asked  []string
	}{
		"one context":   {func(*mockdevice.Device) {}, []string{"GET /files/tls/1/certificate"}},
		"no mutual TLS": {mutualOff, nil},
		"no Teams leg":  {all(notTeams, anonymous), nil},
	} {
		r := newRig(t, preset(t, "7.4.500"))
		want.change(r.device)
		r.save()
		r.lookedAt(remediate.Choice{})
		var asked []string
		for _, request := range r.device.Requests() {
			if path := strings.TrimPrefix(request.Path, "/api/v1"); strings.HasSuffix(path, "/certificate") {
				asked = append(asked, request.Method+" "+path)
			}
		}
		assert.Equal(t, want.asked, asked, name)
	}
}

func TestARefusedPasswordAndAnInterruptEndTheReading(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	read := func(ctx context.Context) error {
		_, err := remediate.ReadAlso(ctx, r.client(true), remediate.Choice{}, remediate.Also{Certificates: time.Minute}, r.clock.Now)
		return err
	}
	require.NoError(t, read(t.Context()))

	stopped, stop := context.WithCancel(t.Context())
	r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/certificate", Do: mockdevice.Hang, Count: 1})
	context.AfterFunc(t.Context(), stop)
	time.AfterFunc(50*time.Millisecond, stop)
	assert.ErrorIs(t, read(stopped), context.Canceled)

	r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/certificate", Do: mockdevice.Status, Status: 401})
	assert.ErrorIs(t, read(t.Context()), audiocodes.ErrUnauthorized)
}

// TestASlowCertificateHoldsNoPlan: patience limits the reading, including further tries.
func TestASlowCertificateHoldsNoPlan(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/certificate", Do: mockdevice.Hang})
	client := r.client(true)
	state, err := remediate.ReadAlso(t.Context(), client, remediate.Choice{}, remediate.Also{Certificates: 50 * time.Millisecond}, r.clock.Now)
	require.NoError(t, err)
	plan := remediate.Build(state, r.terms(remediate.Choice{}))
	assert.Equal(t, []string{remediate.CertificateUnread}, ofCertificates(plan))
	assert.Equal(t, r.plan(remediate.Choice{}).Steps, plan.Steps)
	for _, f := range plan.Findings {
		if f.Code == remediate.CertificateUnread {
			assert.Contains(t, f.Message, "no answer in time: acfix waited for it no longer than 50ms")
		}
	}
}

func TestReadContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*mockdevice.Device)
		choice remediate.Choice
		id     int
		err    string
	}{
		"the Teams context":         {id: 1},
		"without mutual TLS":        {change: mutualOff, id: 1},
		"chosen by name":            {choice: remediate.Choice{TLSContext: "default"}, id: 0},
		"chosen without a leg":      {change: all(notTeams, anonymous), choice: remediate.Choice{TLSContext: "1"}, id: 1},
		"no such context":           {choice: remediate.Choice{TLSContext: "9"}, err: `there is no TLS Context "9"`},
		"no Teams leg":              {change: all(notTeams, anonymous), err: "0 serve Teams"},
		"one for each direction":    {change: func(d *mockdevice.Device) { d.SetCell("ProxySet", 1, "TLSContextName", "default") }, err: `2 serve Teams (0 "default", 1 "Teams")`},
		"the choice is a leg's too": {choice: remediate.Choice{ProxySet: "Teams"}, id: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			if test.change != nil {
				test.change(r.device)
			}
			files, err := remediate.ReadContext(t.Context(), r.client(true), test.choice, r.clock.Now)
			if test.err != "" {
				require.ErrorIs(t, err, remediate.ErrWhichContext)
				assert.ErrorContains(t, err, test.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, test.id, files.ID)
			block, _ := pem.Decode(files.Certificate)
			assert.NotNil(t, block)
		})
	}
}

func TestReadContextWithoutACertificate(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/certificate", Do: mockdevice.Status, Status: 404})
	_, err := remediate.ReadContext(t.Context(), r.client(true), remediate.Choice{}, r.clock.Now)
	assert.ErrorContains(t, err, `TLS Context 1 "Teams" has no certificate`)
}

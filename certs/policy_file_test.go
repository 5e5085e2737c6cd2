package certs_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// policyText is a policy for a leg of one's own with one root.
func policyText(name string, der []byte) string {
	return fmt.Sprintf(`id: example-trunk
date: 2026-11-30
source: a letter of the provider
deadline: 2027-03-31
service: Example
mutual_tls_decides: false
use_default_ca_bundle: true
hosts:
  exact: [SIP.Example.net., 192.0.2.7]
  below: [trunk.example.net]
roots:
  - name: %s
    sha256: %s
    pem: |
%s
firmware:
  bands:
    - versions: ">= 7.40.600, < 7.41"
      since: "7.4.600"
      brings: [%s]
    - versions: ">= 0"
      brings: none
observations:
  - {firmware: 7.40A.604.077, by: Kim, date: 2026-11-20, roots: all}
`, name, certs.Fingerprint(der), indented(pemOf(der)), name)
}

// indented sets a text below a key.
func indented(text []byte) string {
	return "      " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n      ")
}

func TestAPolicyIsRead(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	text := policyText("Test CA", ca.certificate.Raw)
	policy, err := certs.ParsePolicy([]byte(text), certs.PolicySource{Now: today})
	require.NoError(t, err)
	assert.Equal(t, "example-trunk 2026-11-30 2027-03-31 Example",
		strings.Join([]string{policy.ID, policy.Date, policy.Deadline, policy.Service}, " "))
	assert.Equal(t, certs.Fingerprint([]byte(text)), policy.SHA256)
	assert.Equal(t, []string{"sip.example.net", "192.0.2.7"}, policy.Hosts.Exact)
	require.Len(t, policy.Roots(), 1)
	root := policy.Roots()[0]
	assert.Equal(t, pemOf(ca.certificate.Raw), root.PEM())
	assert.Equal(t, "test-ca.pem", root.FileName())
	assert.Equal(t, "a letter of the provider", root.Source, "without one of its own")
	assert.Equal(t, policy.Roots(), policy.Foreign())
	assert.True(t, policy.Bundled(plain("7.40.604.77"), root))
	assert.False(t, policy.Bundled(plain("7.40.500.77"), root))
	for firmware, seen := range map[string]bool{
		"7.40A.604.077": true, "7.40a.604.77": true, " 7.40A.604.077 ": true,
		"7.40B.604.077": false, "7.40A.604.078": false, "7.4.604": false, "": false,
	} {
		_, found := policy.Seen(firmware)
		assert.Equal(t, seen, found, firmware)
	}
}

// TestARootMayLieInAFile: what counts is the digest in the policy.
func TestARootMayLieInAFile(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	whole := policyText("Test CA", ca.certificate.Raw)
	start, end := strings.Index(whole, "    pem: |"), strings.Index(whole, "firmware:\n")
	text := whole[:start] + "    file: roots/test.pem\n" + whole[end:]
	crlf := bytes.ReplaceAll(pemOf(ca.certificate.Raw), []byte("\n"), []byte("\r\n"))
	open := func(name string) ([]byte, error) {
		if name != "roots/test.pem" {
			return nil, errors.New("no such file")
		}
		return crlf, nil
	}
	policy, err := certs.ParsePolicy([]byte(text), certs.PolicySource{Now: today, Open: open})
	require.NoError(t, err)
	assert.Equal(t, pemOf(ca.certificate.Raw), policy.Roots()[0].PEM(), "LF, and nothing else")
	for _, path := range []string{"../test.pem", "/etc/test.pem", "a/../../test.pem", `..\test.pem`, "c:/test.pem", "./test.pem", "other.pem"} {
		_, err := certs.ParsePolicy([]byte(strings.Replace(text, "roots/test.pem", "'"+path+"'", 1)), certs.PolicySource{Now: today, Open: open})
		assert.ErrorContains(t, err, "14:11: ", path)
	}
	_, err = certs.ParsePolicy([]byte(text), certs.PolicySource{Now: today})
	assert.ErrorContains(t, err, "can't name files")
}

func TestMistakesInAPolicyHaveTheirPlace(t *testing.T) {
	t.Parallel()
	whole := policyText("Test CA", newAuthority(t).certificate.Raw)
	for name, test := range map[string]struct{ old, new, want string }{
		"another digest":             {"sha256: ", "sha256: 00", "14:10: the certificate has the SHA-256"},
		"another name":               {"name: Test CA", "name: Other CA", `14:10: the certificate is named "Test CA"`},
		"an unknown key":             {"service: Example", "service: Example\nservcie: x", `6:1: unknown key "servcie"`},
		"a key twice":                {"service: Example", "service: Example\nservice: x", `6:1: the key "service" is already given`},
		"a missing key":              {"mutual_tls_decides: false\n", "", "1:1: the policy has no mutual_tls_decides"},
		"no boolean":                 {"mutual_tls_decides: false", "mutual_tls_decides: nope", "6:21: true or false is wanted"},
		"no date":                    {"2026-11-30", "30.11.2026", "2:7: a date is wanted"},
		"no day":                     {"deadline: 2027-03-31", "deadline: 2027-02-31", "4:11: a date is wanted"},
		"a bad id":                   {"example-trunk", "Example_Trunk", "1:5: an id has small letters"},
		"the id of a built-in one":   {"example-trunk", "teams-direct-routing-mtls", "1:5: \"teams-direct-routing-mtls\" is the id of a built-in policy"},
		"a service that acts":        {"service: Example", "service: \"a%sb\"", "5:10: a service has a short name"},
		"a wildcard host":            {"SIP.Example.net.", "\"*.example.net\"", "9:11: a host is wanted"},
		"a host with a port":         {"SIP.Example.net.", "\"sip.example.net:5061\"", "9:11: a host is wanted"},
		"a domain too wide":          {"trunk.example.net", "com", "10:11: a domain of one label"},
		"no host":                    {"  exact: [SIP.Example.net., 192.0.2.7]\n  below: [trunk.example.net]\n", "  test: [a.example]\n", "9:3: the leg can't be recognised"},
		"a host twice":               {"192.0.2.7", "sip.example.net", "9:29: sip.example.net is listed twice"},
		"a band of another root":     {"brings: [Test CA]", "brings: [Best CA]", `the policy has no root "Best CA"`},
		"versions with letters":      {">= 7.40.600, < 7.41", ">= 7.40A.600", "versions are bounds in plain numbers"},
		"a band that says nothing":   {"      brings: none\n", "", "a band has either brings"},
		"a build in plain numbers":   {"7.40A.604.077", "7.40.604.77", "a firmware is written as the device does"},
		"an observation by no one":   {"by: Kim, ", "", "an observation says which firmware, by whom"},
		"firmware without a bundle":  {"use_default_ca_bundle: true", "use_default_ca_bundle: false", "firmware is about the default CA bundle"},
		"an anchor":                  {"service: Example", "service: &a Example", "5:10: anchors and references are not supported"},
		"a reference":                {"service: Example", "x: &a [y]\nservice: *a", "anchors and references are not supported"},
		"a second document":          {"service: Example", "---\nservice: Example", "a second begins"},
		"a root twice":               {"roots:\n", "roots:\n" + rootEntry(whole), "is already given"},
		"a private key besides":      {"-----END CERTIFICATE-----", "-----END CERTIFICATE-----\n      -----BEGIN PRIVATE KEY-----\n      AAAA\n      -----END PRIVATE KEY-----", "14:10: there is a private key in it"},
		"text before the block":      {"      -----BEGIN", "      subject=CN\n      -----BEGIN", "14:10: it holds no certificate in PEM, or other text"},
		"no root":                    {whole[strings.Index(whole, "roots:\n"):], "roots: []\n", "11:8: a policy without a root"},
		"a control character":        {"a letter of", "a \x1b letter of", "a control character can't stand here"},
		"not UTF-8":                  {"a letter of", "a \xff letter of", "this is not UTF-8"},
		"nothing":                    {whole, "", "1:1: the policy is empty"},
		"a list":                     {whole, "- a\n", "1:1: a policy is keys and values"},
		"a name with a path in it":   {"sha256: ", "export_as: ../x.pem\n    sha256: ", "export_as is the name of a .pem file"},
		"pem and file":               {"    sha256: ", "    file: a.pem\n    sha256: ", "a root has either pem or file"},
		"a huge policy":              {whole, strings.Repeat("#", certs.MaxPolicyBytes+1), "1:1: the policy is larger than"},
		"deep nesting":               {whole, strings.Repeat("[", 20000), "1:1: "},
		"more roots than any store":  {whole[strings.Index(whole, "roots:\n"):], "roots: [" + strings.Repeat("{},", 101) + "]\n", "more than 100 roots"},
		"observations, out of place": {"  - {firmware: 7.40A.604.077, by: Kim, date: 2026-11-20, roots: all}", "  - x", "an observation is keys and values"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, whole, test.old)
			_, err := certs.ParsePolicy([]byte(strings.Replace(whole, test.old, test.new, 1)), certs.PolicySource{Now: today})
			var all strictyaml.Errors
			require.ErrorAs(t, err, &all)
			texts := ""
			for _, one := range all {
				assert.Positive(t, one.Line)
				assert.Positive(t, one.Column)
				texts += one.Error() + "\n"
			}
			assert.Contains(t, texts, test.want)
		})
	}
}

// rootEntry is the one root of a policy.
func rootEntry(text string) string {
	return text[strings.Index(text, "  - name:"):strings.Index(text, "firmware:\n")]
}

// TestOnlyATrustedRootIsOne: whatever is imported into a store can vouch for any server.
func TestOnlyATrustedRootIsOne(t *testing.T) {
	t.Parallel()
	ca := newAuthority(t)
	leaf := template("Test CA", today.AddDate(1, 0, 0))
	leaf.IsCA = false
	unsigning := template("Test CA", today.AddDate(1, 0, 0))
	unsigning.KeyUsage = x509.KeyUsageDigitalSignature
	future := template("Test CA", today.AddDate(1, 0, 0))
	future.NotBefore = today.AddDate(0, 0, 1)
	named := template("Intermediate CA", today.AddDate(1, 0, 0))
	self := func(of *x509.Certificate) []byte { return authorityOf(t, of) }
	for name, test := range map[string]struct {
		der  []byte
		name string
		want string
	}{
		"a leaf":                    {self(leaf), "Test CA", "not that of a CA"},
		"a key that may not sign":   {self(unsigning), "Test CA", "may not sign certificates"},
		"an intermediate":           {ca.issue(t, named, newKey(t).Public()), "Intermediate CA", "not self-signed"},
		"another's, of its name":    {newAuthority(t).twin(t, certs.Required()[1]), certs.Required()[1].Name, "not self-signed"},
		"expired":                   {self(template("Test CA", today.AddDate(0, 0, -1))), "Test CA", "expired on 2026-11-21"},
		"not valid yet":             {self(future), "Test CA", "not valid before 2026-11-23"},
		"a short key":               {weakRoot(t), "Test CA", "an RSA key of 1024 bits"},
		"no certificate":            {[]byte("nothing"), "Test CA", "the certificate can't be read"},
		"one with something behind": {append(bytes.Clone(ca.certificate.Raw), 0), "Test CA", "the certificate can't be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := certs.ParsePolicy([]byte(policyText(test.name, test.der)), certs.PolicySource{Now: today})
			assert.ErrorContains(t, err, test.want)
		})
	}
}

// authorityOf signs a certificate with its own key.
func authorityOf(t *testing.T, of *x509.Certificate) []byte {
	t.Helper()
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	require.NoError(t, err)
	return der
}

func weakRoot(t *testing.T) []byte {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	of := template("Test CA", today.AddDate(1, 0, 0))
	der, err := x509.CreateCertificate(rand.Reader, of, of, key.Public(), key)
	require.NoError(t, err)
	return der
}

// TestTheBuiltInPolicies are what their sources say.
func TestTheBuiltInPolicies(t *testing.T) {
	t.Parallel()
	all := certs.BuiltIn()
	require.Len(t, all, 2)
	now, old := all[0], all[1]
	assert.Equal(t, []any{"teams-direct-routing-mtls", "2026-02-28", true, true},
		[]any{now.ID, now.Deadline, now.MutualTLSDecides, now.UsesBundle})
	assert.Equal(t, []any{"teams-direct-routing-2023", "2023-10-03", false, false},
		[]any{old.ID, old.Deadline, old.MutualTLSDecides, old.UsesBundle})
	require.Len(t, old.Roots(), 1)
	assert.Equal(t, "df3c24f9bfd666761b268073fe06d1cc8d4f82a4", old.Roots()[0].SHA1)
	assert.False(t, old.Bundled(plain("7.60.0.0"), old.Roots()[0]), "no bundle is promised")
	for _, policy := range all {
		assert.Empty(t, policy.Foreign())
		again, err := certs.ParsePolicy(certs.BuiltInText(policy.ID), certs.PolicySource{Now: today})
		require.NoError(t, err, "a file of what is shown is the built-in policy itself")
		assert.Equal(t, policy.SHA256, again.SHA256)
		assert.Equal(t, policy.Bands(), again.Bands())
	}
}

// TestEveryFileOfARootIsInThePolicies: the files are what the CAs publish.
func TestEveryFileOfARootIsInThePolicies(t *testing.T) {
	t.Parallel()
	for _, policy := range certs.BuiltIn() {
		for _, root := range policy.Roots() {
			published, err := os.ReadFile("roots/" + root.FileName())
			require.NoError(t, err)
			assert.Equal(t, string(published), string(root.PEM()))
		}
	}
}

package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keyFolder has the files of the PKI for px.example.com, and keys of every kind.
func keyFolder(t *testing.T) (folder string, write func(name string, content ...[]byte) string) {
	t.Helper()
	p, err := thePKI()
	require.NoError(t, err)
	folder = t.TempDir()
	require.NoError(t, p.files(folder, "px.example.com"))
	write = func(name string, content ...[]byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, slices.Concat(content...), 0o600))
		return path
	}
	own, err := x509.MarshalPKCS8PrivateKey(p.key)
	require.NoError(t, err)
	issuers, err := x509.MarshalECPrivateKey(p.intermediateKey)
	require.NoError(t, err)
	strange, err := x509.MarshalECPrivateKey(p.rootKey)
	require.NoError(t, err)
	armoured := func(label string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
	}
	write("own.key", armoured("PRIVATE KEY", own))
	write("own1.key", armoured("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(p.key)))
	write("own.der", own)
	write("mark.key", []byte("\ufeff"), bytes.ReplaceAll(armoured("PRIVATE KEY", own), []byte("\n"), []byte("\r\n")))
	write("issuer.key", armoured("EC PRIVATE KEY", issuers))
	write("other.key", armoured("EC PRIVATE KEY", strange))
	write("sealed.key", armoured("ENCRYPTED PRIVATE KEY", []byte("sealed")))
	write("ssh.key", armoured("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00")))
	return folder, write
}

func read(t *testing.T, folder, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, name))
	require.NoError(t, err)
	return content
}

// TestCertCheckComparesTheKey, by exit code and document, and shows nothing of it.
func TestCertCheckComparesTheKey(t *testing.T) {
	t.Parallel()
	folder, write := keyFolder(t)
	write("with.pem", read(t, folder, "own.key"), read(t, folder, "chain.pem"))
	write("mixed.pem", read(t, folder, "chain.pem"), read(t, folder, "other.key"))
	write("behind.pem", read(t, folder, "chain.pem"), read(t, folder, "sealed.key"))
	for name, test := range map[string]struct {
		file, key string
		exit      int
		result    string // of key_matches; "" for none
	}{
		"PKCS #8":                 {"chain.pem", "own.key", exitDone, "pass"},
		"PKCS #1":                 {"chain.pem", "own1.key", exitDone, "pass"},
		"DER":                     {"chain.p7b", "own.der", exitDone, "pass"},
		"a mark and CRLF":         {"chain.pem", "mark.key", exitDone, "pass"},
		"a PFX's":                 {"chain.pem", "chain.pfx", exitDone, "pass"},
		"in the file":             {"with.pem", "", exitDone, "pass"},
		"in the PFX":              {"chain.pfx", "", exitDone, "pass"},
		"none":                    {"chain.pem", "", exitDone, ""},
		"the issuer's":            {"chain.pem", "issuer.key", exitFailed, "fail"},
		"another's":               {"chain.pem", "other.key", exitFailed, "fail"},
		"another's, in the file":  {"mixed.pem", "", exitFailed, "fail"},
		"--key wins":              {"mixed.pem", "own.key", exitDone, "pass"},
		"encrypted":               {"chain.pem", "sealed.key", exitDone, "unknown"},
		"encrypted, in the file":  {"behind.pem", "", exitDone, "unknown"},
		"of SSH":                  {"chain.pem", "ssh.key", exitDone, "unknown"},
		"no key at all":           {"chain.pem", "root.pem", exitUsage, ""},
		"no such file":            {"chain.pem", "gone.key", exitUsage, ""},
		"a key for a certificate": {"own.key", "", exitUsage, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.500", "")
			d.app.getenv = func(name string) string { return map[string]string{pfxPassword: "pfx-secret"}[name] }
			arguments := []string{"cert", "check", filepath.Join(folder, test.file), "--profile", "teams", "--fqdn", "px.example.com", "--trust", filepath.Join(folder, "root.pem"), "-o", "json"}
			if test.key != "" {
				arguments = append(arguments, "--key", filepath.Join(folder, test.key))
			}
			require.Equal(t, test.exit, d.app.run(arguments), d.stderr.String()+d.stdout.String())
			said := d.stdout.String() + d.stderr.String()
			assert.NotContains(t, said, strings.Split(string(read(t, folder, "own.key")), "\n")[3])
			if test.exit == exitUsage {
				assert.Contains(t, d.stderr.String(), "hint:")
				return
			}
			requireFits(t, "acfix.certcheck/v1", d.stdout.String())
			assert.Equal(t, test.result, resultOf(t, d.stdout.String(), "key_matches"))
		})
	}
}

func resultOf(t *testing.T, document, id string) string {
	t.Helper()
	for _, entry := range decode(t, document)["checks"].([]any) {
		if check := entry.(map[string]any); check["id"] == id {
			return check["result"].(string)
		}
	}
	return ""
}

// TestAKeyThatOthersCanReadIsWarnedOf, and used: it is no secret of acfix's own.
func TestAKeyThatOthersCanReadIsWarnedOf(t *testing.T) {
	t.Parallel()
	folder, _ := keyFolder(t)
	key := filepath.Join(folder, "own.key")
	check := []string{"cert", "check", filepath.Join(folder, "chain.pem"), "--profile", "teams", "--fqdn", "px.example.com", "--trust", filepath.Join(folder, "root.pem"), "--key", key, "-q"}
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true} {
		require.NoError(t, os.Chmod(key, mode))
		d := newTestApp(t, "7.4.500", "")
		require.Equal(t, exitDone, d.app.run(check), d.stderr.String())
		assert.Equal(t, warned, strings.Contains(d.stderr.String(), "WARNING: "+key+": the private key can be read by others"), "%o", mode)
	}
}

// TestProbeReadsEveryPair and says of a file in the wrong order which certificate is the key's.
func TestProbeReadsEveryPair(t *testing.T) {
	t.Parallel()
	folder, write := keyFolder(t)
	leaf, chain := read(t, folder, "leaf.pem"), read(t, folder, "chain.pem")
	issuer := bytes.TrimPrefix(chain, leaf)
	write("mark.pem", []byte("\ufeff"), chain)
	write("root-first.pem", read(t, folder, "root.pem"), issuer, leaf)
	write("issuer-first.pem", issuer, leaf)
	write("base64.cer", []byte(base64.StdEncoding.EncodeToString(read(t, folder, "leaf.der"))))
	for name, test := range map[string]struct {
		cert, key string
		says      string // "" where the pair is used
	}{
		"as the SBC has it":    {"chain.pem", "own.key", ""},
		"a mark before each":   {"mark.pem", "mark.key", ""},
		"DER":                  {"leaf.der", "own.der", ""},
		"Base64":               {"base64.cer", "own.key", ""},
		"P7B knows no order":   {"chain.p7b", "own.key", ""},
		"one PFX":              {"chain.pfx", "chain.pfx", ""},
		"the root first":       {"root-first.pem", "own.key", `the first certificate is not the key's: that is "CN=Test Public Root"; the key's is certificate 3, "CN=px.example.com"`},
		"the issuer first":     {"issuer-first.pem", "own.key", `the first certificate is not the key's: that is "CN=Test Public Intermediate"; the key's is certificate 2, "CN=px.example.com"`},
		"another's key":        {"chain.pem", "other.key", "the key belongs to none of the certificates"},
		"the issuer's key":     {"chain.pem", "issuer.key", `the first certificate is not the key's: that is "CN=px.example.com"; the key's is certificate 2`},
		"an encrypted key":     {"chain.pem", "sealed.key", "the private key can't be used: it is protected by a passphrase"},
		"swapped":              {"own.key", "chain.pem", "there is no certificate in the file, only a private key"},
		"a broken certificate": {"broken.pem", "own.key", "block 2: is not a complete PEM block"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestApp(t, "7.4.500", "")
			d.app.getenv = func(name string) string { return map[string]string{pfxPassword: "pfx-secret"}[name] }
			exit := d.app.run([]string{"probe", "127.0.0.1:1", "--fqdn", "px.example.com", "--cert", filepath.Join(folder, test.cert), "--key", filepath.Join(folder, test.key)})
			if test.says == "" {
				assert.Equal(t, exitFailed, exit, "nobody is there: %s", d.stderr.String())
				return
			}
			assert.Equal(t, exitUsage, exit)
			assert.Contains(t, d.stderr.String(), test.says)
			assert.Contains(t, d.stderr.String(), "hint:")
			assert.Empty(t, d.stdout.String())
		})
	}
}

// TestEveryFlagReadsEveryKindOfFile: a file of certificates is the same wherever it is named.
func TestEveryFlagReadsEveryKindOfFile(t *testing.T) {
	t.Parallel()
	folder, write := keyFolder(t)
	root, der := read(t, folder, "root.pem"), read(t, folder, "root.der")
	encoded := []byte(base64.StdEncoding.EncodeToString(der))
	files := map[string]int{ // by how "roots convert" ends
		write("mark.pem", []byte("\ufeff"), root):                                                                  exitDone,
		write("cr.pem", bytes.ReplaceAll(root, []byte("\n"), []byte("\r"))):                                        exitDone,
		write("base64.cer", bytes.Join(slices.Collect(slices.Chunk(encoded, 40)), []byte("\r\n"))):                 exitDone,
		write("x509.pem", bytes.ReplaceAll(root, []byte("CERTIFICATE"), []byte("X509 CERTIFICATE"))):               exitDone,
		write("trusted.pem", bytes.ReplaceAll(root, []byte("CERTIFICATE"), []byte("TRUSTED CERTIFICATE"))):         exitDone,
		write("beside.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("x")}), root): exitDone,
		write("page.pem", []byte("<!DOCTYPE html><html>Login</html>")):                                             exitUsage,
		write("store.jks", []byte("\xfe\xed\xfe\xed\x00\x00\x00\x02")):                                             exitUsage,
		write("request.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("x")})):      exitUsage,
		write("empty.pem"): exitUsage,
	}
	for path, want := range files {
		for name, command := range map[string][]string{
			"roots convert":   {"roots", "convert", path},
			"roots verify":    {"roots", "verify", path},
			"--trust":         {"cert", "check", filepath.Join(folder, "chain.pem"), "--profile", "teams", "--fqdn", "px.example.com", "--trust", path},
			"probe --ca-file": {"probe", "127.0.0.1:1", "--fqdn", "px.example.com", "--ca-file", path},
			"probe --roots":   {"probe", "127.0.0.1:1", "--fqdn", "px.example.com", "--roots", path},
			"plan --ca-file":  {"plan", "https://127.0.0.1:1", "--ca-file", path, "--username", "u", "--retry-for", "0s"},
		} {
			d := newTestApp(t, "7.4.500", "")
			exit := d.app.run(command)
			assert.Equal(t, want == exitUsage, exit == exitUsage, "%s %s: %s", name, filepath.Base(path), d.stderr.String())
			if name == "roots convert" && want == exitDone {
				assert.Equal(t, string(root), d.stdout.String(), path)
			}
			if want == exitUsage {
				assert.NotContains(t, d.stderr.String(), "is neither PEM, DER, P7B nor PFX", "%s %s is named for what it is", name, path)
			}
		}
	}
}

// TestTheNodesAreComparedByTheirOwnFlag: what it takes, and what it leaves out.
func TestTheNodesAreComparedByTheirOwnFlag(t *testing.T) {
	t.Parallel()
	for says, arguments := range map[string][]string{
		"one node alone can't be compared": {"probe", "--node", "a.example.com"},
		"is named twice":                   {"probe", "--node", "a.example.com", "--node", "A.example.com:5061"},
		"is not HOST or HOST:PORT":         {"probe", "--node", "https://a.example.com", "--node", "b.example.com"},
		"--fqdn is missing":                {"probe", "c.example.com", "--node", "a.example.com,b.example.com"},
	} {
		d := newTestApp(t, "7.4.500", "")
		assert.Equal(t, exitUsage, d.app.run(arguments))
		assert.Contains(t, d.stderr.String(), says)
	}
	d := newTestApp(t, "7.4.500", "")
	assert.Equal(t, exitFailed, d.app.run([]string{"probe", "--node", "127.0.0.1:1", "--node", "127.0.0.1:2", "-o", "json"}))
	requireFits(t, "acfix.probe/v1", d.stdout.String())
	assert.Empty(t, decode(t, d.stdout.String())["endpoints"])
	assert.Nil(t, decode(t, d.stdout.String())["nodes"].(map[string]any)["same"])
}

// presenting is a TLS server with that certificate; it wants no SIP.
func presenting(t *testing.T, own tls.Certificate) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{own}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				said, _ := io.ReadAll(connection)
				assert.Empty(t, said, "no SIP is sent")
				_ = connection.Close()
			}()
		}
	}()
	return listener.Addr().String()
}

// TestTheNodesOfAPool: one certificate is fine, another is not, nor is a node that isn't there.
func TestTheNodesOfAPool(t *testing.T) {
	t.Parallel()
	p, err := thePKI()
	require.NoError(t, err)
	issued := func() tls.Certificate {
		leaf, err := p.leaf("px.example.com", asItIsSigned)
		require.NoError(t, err)
		return tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: p.key}
	}
	pool := issued()
	first, second := presenting(t, pool), presenting(t, pool)
	other := presenting(t, issued()) // of the same key and name
	for name, test := range map[string]struct {
		nodes []string
		exit  int
		same  any
		says  string
	}{
		"the same":   {[]string{first, second}, exitDone, true, "OK: every node presents the same certificate."},
		"one is new": {[]string{first, second, other}, exitFailed, false, "Failed: the nodes present 2 different certificates."},
		"one away":   {[]string{first, second, "127.0.0.1:1"}, exitFailed, nil, "Unknown: not every node presented a certificate."},
	} {
		arguments := []string{"probe"}
		for _, node := range test.nodes {
			arguments = append(arguments, "--node", node)
		}
		d := newTestApp(t, "7.4.500", "")
		assert.Equal(t, test.exit, d.app.run(arguments), name)
		assert.Contains(t, d.stdout.String(), test.says)
		d.stdout.Reset()
		assert.Equal(t, test.exit, d.app.run(append(arguments, "-o", "json")), name)
		requireFits(t, "acfix.probe/v1", d.stdout.String())
		assert.Equal(t, test.same, decode(t, d.stdout.String())["nodes"].(map[string]any)["same"])
	}
}

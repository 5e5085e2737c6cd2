package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// caseFile is one of testdata/certificates.
func caseFile(name string) string { return filepath.Join("testdata", "certificates", name+".pem") }

// caseDesk is an operator on a day on which the files of testdata/certificates are valid.
func caseDesk(t *testing.T) *testApp {
	t.Helper()
	d := newOperator(t, "")
	d.app.now = func() time.Time { return time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) }
	return d
}

// TestCertificatesAsTheOtherSideWouldJudgeThem: each file has one thing that Microsoft or Pexip
// would refuse, or one that they would not mind.
func TestCertificatesAsTheOtherSideWouldJudgeThem(t *testing.T) {
	t.Parallel()
	nodes := []string{"--node", "px01.vc.example.com", "--node", "px02.vc.example.com"}
	const sbc, pool = "sbc.voice.example.com", "px.vc.example.com"
	for name, test := range map[string]struct {
		file, profile, fqdn, trust string
		more                       []string
		exit                       int
		odd                        map[string]string // checks that don't pass, less those that lack a flag
		says                       string
	}{
		"in order":           {"order-right", "teams", sbc, "root", nil, exitDone, nil, ""},
		"root first":         {"order-root-first", "teams", sbc, "root", nil, exitDone, map[string]string{"chain_order": "info"}, `\"Bench Root R1\" stands first`},
		"root first, Pexip":  {"order-root-first", "pexip-node", sbc, "root", []string{"--node", sbc}, exitFailed, map[string]string{"chain_order": "fail"}, ""},
		"root first, a PBX":  {"order-root-first", "exchange-um", sbc, "root", nil, exitDone, map[string]string{"chain_order": "info"}, ""},
		"a CA for servers":   {"chain-eku", "pexip-node", sbc, "root", []string{"--node", sbc}, exitFailed, map[string]string{"client_auth": "fail"}, `the CA \"Bench Server Only CA\" limits`},
		"the same for Teams": {"chain-eku", "teams", sbc, "root", nil, exitDone, map[string]string{"client_auth": "info"}, ""},
		"nodes by name":      {"node-good", "pexip-node", pool, "root", nodes, exitDone, nil, ""},
		"nodes by wildcard": {"node-wildcard", "pexip-node", pool, "root", nodes, exitFailed,
			map[string]string{"san_subject": "fail", "san_nodes": "fail"}, `\"*.vc.example.com\" matches no node`},
		"the same with federation": {"node-wildcard", "pexip-node", pool, "root", slices.Concat(nodes, []string{"--federation", "vc.example.com"}), exitFailed,
			map[string]string{"san_subject": "fail", "san_nodes": "fail"}, ""},
		"no signing":             {"key-usage", "teams", sbc, "root", nil, exitDone, map[string]string{"key_usage": "info"}, "ECDHE"},
		"no signing, Pexip":      {"key-usage", "pexip-node", sbc, "root", []string{"--node", sbc}, exitFailed, map[string]string{"key_usage": "fail"}, ""},
		"a directory name":       {"name-constraint-directory", "teams", sbc, "root", nil, exitDone, map[string]string{"trusted_root": "unknown"}, "directoryName constraints can't be judged"},
		"another encoding":       {"issuer-encoding", "teams", sbc, "root", nil, exitDone, nil, "in another encoding than the issuer does"},
		"a negative serial":      {"negative-serial-leaf", "teams", sbc, "root", nil, exitDone, map[string]string{"serial_number": "info"}, "negative"},
		"a negative serial root": {"negative-serial-leaf", "teams", sbc, "negative-serial-bundle", nil, exitDone, map[string]string{"serial_number": "info"}, "negative"},
		"a version 1 root":       {"v1-root", "teams", sbc, "v1-root", nil, exitDone, nil, `\"Bench V1 Root\"`},
		"SHA-224":                {"sha224", "teams", sbc, "root", nil, exitFailed, map[string]string{"signature_algorithm": "fail", "trusted_root": "unknown"}, "is signed with RSA with SHA-224"},
		"the root of others":     {"order-right", "teams", sbc, "v1-root", nil, exitFailed, map[string]string{"chain_complete": "fail", "trusted_root": "unknown"}, "is neither supplied nor a trusted root"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := caseDesk(t)
			command := slices.Concat([]string{"cert", "check", caseFile(test.file), "--profile", test.profile, "--fqdn", test.fqdn,
				"--trust", caseFile(test.trust), "-o", "json"}, test.more)
			require.Equal(t, test.exit, d.app.run(command), d.stderr.String()+d.stdout.String())
			requireFits(t, "acfix.certcheck/v1", d.stdout.String())
			assert.NotContains(t, d.stderr.String(), "no CA's", "one leaf is in each file")
			seen := map[string]string{}
			for _, entry := range decode(t, d.stdout.String())["checks"].([]any) {
				check := entry.(map[string]any)
				if id := check["id"].(string); check["result"] != "pass" && id != "aia_redirect" && !(id == "san_federation" && check["result"] == "info") {
					seen[id] = check["result"].(string)
				}
			}
			if test.odd == nil {
				test.odd = map[string]string{}
			}
			assert.Equal(t, test.odd, seen)
			assert.Contains(t, d.stdout.String(), test.says)
		})
	}
}

// TestNamesakesInAnyEncoding, in a bundle and in a device's store.
func TestNamesakesInAnyEncoding(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"namesake-exact", "namesake-utf8"} {
		d := caseDesk(t)
		assert.Equal(t, exitFailed, d.app.run([]string{"roots", "verify", caseFile(name), "-o", "json"}))
		assert.Equal(t, "namesake", decode(t, d.stdout.String())["roots"].([]any)[1].(map[string]any)["state"], name)
		require.Equal(t, exitDone, d.app.run([]string{"roots", "convert", caseFile(name)}))
		assert.Contains(t, d.stderr.String(), "NOT one of the required roots: only the name is that of DigiCert Global Root G2", name)
	}
}

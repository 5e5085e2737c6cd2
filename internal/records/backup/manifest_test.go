package backup_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func manifestText(t testing.TB, change func(*backup.Manifest)) []byte {
	t.Helper()
	digest := strings.Repeat("0", 64)
	m := manifest()
	m.Schema = backup.ManifestSchema
	m.Files = []backup.Entry{
		{Name: "status.json", SHA256: digest},
		{Name: "tls-0/trusted-roots.pem", SHA256: digest}, {Name: "tls-1/trusted-roots.pem", SHA256: digest}, {Name: "tls-1/certificate.pem", SHA256: digest},
	}
	change(&m)
	text, err := json.Marshal(m)
	require.NoError(t, err)
	return text
}

func named(name string) func(*backup.Manifest) {
	return func(m *backup.Manifest) { m.Files[0].Name = name }
}

func TestManifestsThatAreRefused(t *testing.T) {
	t.Parallel()
	minus := -1
	for name, change := range map[string]func(*backup.Manifest){
		"another schema":                    func(m *backup.Manifest) { m.Schema = "acfix.backup-manifest/v2" },
		"a parent":                          named("../x"),
		"a parent within":                   named("tls-0/../../x"),
		"a detour":                          named("tls-0/../x"),
		"an absolute path":                  named("/etc/passwd"),
		"a dot":                             named("."),
		"nothing":                           named(""),
		"two folders":                       named("a/b/c"),
		"a backslash":                       named(`tls-0\x`),
		"a NUL":                             named("a\x00b"),
		"itself":                            named(backup.ManifestName),
		"its digest":                        named(backup.DigestName),
		"a file twice":                      named("tls-1/certificate.pem"),
		"no digest":                         func(m *backup.Manifest) { m.Files[0].SHA256 = "" },
		"a digest in capitals":              func(m *backup.Manifest) { m.Files[0].SHA256 = strings.Repeat("A", 64) },
		"a negative size":                   func(m *backup.Manifest) { m.Files[0].Size = -1 },
		"a huge size":                       func(m *backup.Manifest) { m.Files[0].Size = 1 << 40 },
		"an unknown encryption":             func(m *backup.Manifest) { m.Encryption = "rot13" },
		"encrypted, and files that are not": func(m *backup.Manifest) { m.Encryption = backup.Age },
		"a context twice":                   func(m *backup.Manifest) { m.Contexts[0].ID = 1 },
		"a negative context":                func(m *backup.Manifest) { m.Contexts[0].ID = -1 },
		"a store that is not listed":        func(m *backup.Manifest) { m.Contexts[0].TrustedRoots = "x" },
		"a certificate that is not listed":  func(m *backup.Manifest) { m.Contexts[1].Certificate = "x" },
		"a step in a negative context":      func(m *backup.Manifest) { m.Steps = []backup.Step{{Context: &minus}} },
		"a step with half a digest":         func(m *backup.Manifest) { m.Steps = []backup.Step{{SHA256: "ab"}} },
	} {
		_, err := backup.ParseManifest(manifestText(t, change))
		assert.Error(t, err, name)
	}
	for name, text := range map[string]string{
		"nothing": "", "no JSON": "[", "a list": "[]", "another form": `{"files":{}}`,
		"two documents": string(manifestText(t, func(*backup.Manifest) {})) + "{}",
		"too large":     strings.Repeat(" ", 1<<20) + string(manifestText(t, func(*backup.Manifest) {})),
	} {
		_, err := backup.ParseManifest([]byte(text))
		assert.Error(t, err, name)
	}
}

func TestKeysThatAreNotKnownArePassedOver(t *testing.T) {
	t.Parallel()
	text := strings.Replace(string(manifestText(t, func(*backup.Manifest) {})), "{", `{"new":{"a":[1]},`, 1)
	m, err := backup.ParseManifest([]byte(text))
	require.NoError(t, err)
	assert.Equal(t, manifest().Serial, m.Serial)
}

func FuzzManifest(f *testing.F) {
	f.Add(manifestText(f, func(*backup.Manifest) {}))
	f.Add(manifestText(f, named("../x")))
	f.Add([]byte(`{"schema":"acfix.backup-manifest/v1"}`))
	f.Add([]byte(`{"schema":"acfix.backup-manifest/v1","files":[{"name":"a/b","size":1,"sha256":"` + strings.Repeat("0", 64) + `"}],"steps":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := backup.ParseManifest(text)
		if err != nil {
			return
		}
		for _, entry := range m.Files {
			if strings.Contains(entry.Name, "..") && strings.Contains("/"+entry.Name+"/", "/../") || strings.HasPrefix(entry.Name, "/") || entry.Size < 0 {
				t.Fatalf("%q was let through", entry.Name)
			}
		}
		again, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := backup.ParseManifest(again); err != nil && len(again) < 1<<20 {
			t.Fatalf("written again it is refused: %v", err)
		}
	})
}

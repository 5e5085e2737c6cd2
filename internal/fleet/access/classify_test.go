package access_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAFileIsToldFromADeviceByItsName also where it does not exist: as a host, it would be sent a password.
func TestAFileIsToldFromADeviceByItsName(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]access.Argument{
		"sbc.example.com": access.ArgDevice, "192.0.2.1": access.ArgDevice, "ams-1": access.ArgDevice, "": access.ArgDevice,
		"fe80::1%eth0": access.ArgDevice, "[::1]:8443": access.ArgDevice, "https://sbc.example.com/x.pem": access.ArgDevice,
		"kim:s3cret@sbc/x": access.ArgDevice, // ParseDevice refuses it, and does not repeat it
		"gone.pem":         access.ArgCertificates, "gone.PFX": access.ArgCertificates,
		"gone.yaml": access.ArgInventory, "GONE.CSV": access.ArgInventory, "gone.xlsx": access.ArgInventory,
		"gone.ini": access.ArgConfiguration, "gone.json": access.ArgFile, "./gone": access.ArgFile, "gone/": access.ArgFile,
	} {
		assert.Equal(t, want, access.Classify(argument), argument)
	}
}

func TestAFileIsKnownByItsContent(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	plan := "{\n  \"sealed\": {\n \"schema\": \"" + remediate.PlanSchema + "\""
	for name, row := range map[string]struct {
		content string
		want    access.Argument
	}{
		"sbc": {"", access.ArgFile}, "notes": {"ams-1\n", access.ArgFile}, "plan": {plan, access.ArgPlan},
		"plan.json": {plan, access.ArgPlan}, "other.json": {"{}", access.ArgFile}, "plan.yaml": {plan, access.ArgInventory},
		"utf16": {"\xff\xfe" + strings.Join(strings.Split(plan, ""), "\x00") + "\x00", access.ArgPlan},
		"chain": {string(certs.Required()[0].PEM()), access.ArgCertificates}, "der.cer": {"0\x82", access.ArgCertificates},
		"board":  {";**\n;** Ini File **\n\n;Board: Mediant 800\n\n[SYSTEM Params]\n\nSyslogServerIP = 1", access.ArgConfiguration},
		"tables": {"\ufeff[ TLSContexts ]\r\n", access.ArgConfiguration}, "a.ini": {"x", access.ArgConfiguration},
		"list": {`["a"]`, access.ArgFile}, "192.0.2.1": {"", access.ArgFile},
	} {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(row.content), 0o600))
		assert.Equal(t, row.want, access.Classify(path), name)
	}
}

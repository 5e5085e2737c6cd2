package access_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatPasswordCommandsGet(t *testing.T) {
	t.Parallel()
	all := []string{
		"HOME=/home/kim", "PATH=/bin", "VAULT_TOKEN=t", "OP_SESSION=s", "GNUPGHOME=/g", "GPG_TTY=/dev/tty", "EMPTY=", "=C:=C:\\",
		"ACFIX_PASSWORD=1", "ACFIX_USERNAME=2", "ACFIX_TRUST_OWNER=3", "acfix_password=4", "PGPASSWORD=5", "PGHOST=6", "PG=7",
		"SITE_PASSWORD=8", "site_password=9", "TEAMS_HOOK=10", "SITE_PASSWORD_HINT=stays",
	}
	kept := access.WithoutSecrets(all, []string{"SITE_PASSWORD", "TEAMS_HOOK", ""})
	assert.Equal(t, []string{
		"HOME=/home/kim", "PATH=/bin", "VAULT_TOKEN=t", "OP_SESSION=s", "GNUPGHOME=/g", "GPG_TTY=/dev/tty", "EMPTY=", "SITE_PASSWORD_HINT=stays",
	}, kept)
	assert.Len(t, all, 19, "the environment itself is left as it is")
}

// TestAPasswordCommandGetsNoMoreThanItIsGiven: also nothing of the process's own environment.
func TestAPasswordCommandGetsNoMoreThanItIsGiven(t *testing.T) {
	for _, given := range [][]string{nil, {"VAULT_ADDR=https://vault.example", "HOME=/home/kim"}} {
		t.Setenv("ACFIX_OF_THE_PROCESS", "secret")
		folder := t.TempDir()
		d := newLoginRig(folder)
		d.Environment = given
		own := access.ListedLogin{Username: "kim", Folder: folder, Password: inventory.Password{Command: []string{"sh", "-c", "env > seen; echo told"}}}
		found, err := d.Find(t.Context(), access.Flags{}, own)
		require.NoError(t, err)
		assert.Equal(t, "told", found.Password)
		seen, err := os.ReadFile(filepath.Join(folder, "seen"))
		require.NoError(t, err)
		assert.NotContains(t, string(seen), "OF_THE_PROCESS")
		for _, entry := range given {
			assert.Contains(t, string(seen), entry+"\n")
		}
	}
}

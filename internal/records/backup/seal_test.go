package backup_test

import (
	"bytes"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	return key
}

func TestAnEncryptedBackup(t *testing.T) {
	t.Parallel()
	mine, yours, other := identity(t), identity(t), identity(t)
	store := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}, Recipients: []age.Recipient{mine.Recipient(), yours.Recipient()}}
	directory, err := store.Write(manifest(), files())
	require.NoError(t, err)

	for name, data := range filesBelow(t, directory) {
		if name != backup.ManifestName && name != backup.DigestName {
			assert.True(t, strings.HasSuffix(name, ".age"), name)
			assert.True(t, bytes.HasPrefix(data, []byte("age-encryption.org/v1\n")), name)
		}
		assert.NotContains(t, string(data), "saveNeeded", "the content is nowhere in the clear")
	}
	requireWhole(t, directory)
	kept, err := backup.Read(directory)
	require.NoError(t, err, "verified without an identity")
	assert.Equal(t, backup.Age, kept.Manifest.Encryption)
	assert.Equal(t, "tls-1/trusted-roots.pem.age", kept.Manifest.Contexts[1].TrustedRoots)
	assert.Empty(t, kept.Manifest.Contexts[0].Certificate)
	for _, key := range []age.Identity{mine, yours} {
		for _, file := range files() {
			for _, name := range []string{file.Name, file.Name + ".age"} {
				plain, err := kept.File(name, []age.Identity{other, key})
				require.NoError(t, err)
				assert.Equal(t, string(file.Data), string(plain))
			}
		}
	}
	_, err = kept.File("status.json", nil)
	require.ErrorIs(t, err, backup.ErrSealed)
	assert.ErrorContains(t, err, "no identity was given")
	_, err = kept.File("status.json", []age.Identity{other})
	require.ErrorIs(t, err, backup.ErrSealed)
	assert.ErrorContains(t, err, "none of the identities fits")
}

func TestWriteLeavesTheCallersManifestAlone(t *testing.T) {
	t.Parallel()
	own := manifest()
	store := backup.Store{Directory: t.TempDir(), Disk: backup.OS{}, Recipients: []age.Recipient{identity(t).Recipient()}}
	_, err := store.Write(own, files())
	require.NoError(t, err)
	assert.Equal(t, manifest(), own)
}

func TestRecipientsAndIdentities(t *testing.T) {
	t.Parallel()
	key := identity(t)
	_, err := backup.ParseRecipient(key.Recipient().String())
	require.NoError(t, err)
	for _, text := range []string{"", "age1", "ssh-ed25519 AAAA", key.Recipient().String() + "\n" + key.Recipient().String(), "# nothing"} {
		_, err := backup.ParseRecipient(text)
		assert.Error(t, err, text)
	}
	list, err := backup.ParseIdentities([]byte("# created: today\n" + key.String() + "\n"))
	require.NoError(t, err)
	assert.Len(t, list, 1)
	for _, text := range []string{"", "# nothing\n", "hunter2", key.String()[:40]} {
		_, err := backup.ParseIdentities([]byte(text))
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "hunter2", "no secret in an error")
		assert.NotContains(t, err.Error(), key.String()[15:40])
	}
}

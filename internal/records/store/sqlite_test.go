package store_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func TestContractOfSQLite(t *testing.T) {
	keepContract(t, func(t *testing.T) *store.Store { return open(t, freshFile(t)) })
}

func freshFile(t *testing.T) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "state", "acfix 100%?#.db")
}

func pathOf(url string) string { return strings.TrimPrefix(url, "sqlite:") }

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

func TestOnlyTheOwnerReadsTheFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // has no such permissions
	}
	url := freshFile(t)
	require.NoError(t, os.MkdirAll(filepath.Dir(pathOf(url)), 0o700))
	require.NoError(t, os.WriteFile(pathOf(url), nil, 0o644))
	s := open(t, url)
	assert.False(t, s.Shared())
	create(t, s, store.Run{ID: "run"}, 1)
	files, err := os.ReadDir(filepath.Dir(pathOf(url)))
	require.NoError(t, err)
	assert.Len(t, files, 3, "the database, its log and its index")
	for _, file := range files {
		info, err := file.Info()
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode(), file.Name())
	}

	deep := filepath.Join(t.TempDir(), "a", "b")
	open(t, "sqlite:"+filepath.Join(deep, "acfix.db"))
	info, err := os.Stat(deep)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
}

// TestAFileThatCannotBe: the message names the file, so that it can be acted upon.
func TestAFileThatCannotBe(t *testing.T) {
	t.Parallel()
	blocker := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(blocker, nil, 0o600))
	for _, path := range []string{filepath.Join(blocker, "acfix.db"), t.TempDir()} {
		_, err := store.Open(t.Context(), "sqlite:"+path)
		require.Error(t, err, path)
		assert.Contains(t, err.Error(), path)
	}
}

func TestAFullDisk(t *testing.T) {
	t.Parallel()
	url := freshFile(t)
	s := open(t, url)
	create(t, s, store.Run{ID: "run"}, 1)
	_, err := s.Writes().Exec("PRAGMA max_page_count = 1") // as much as it has, in fact
	require.NoError(t, err)
	big := document(`"%s"`, strings.Repeat("x", 1<<20))
	err = s.PutResult(t.Context(), "run", 0, applied, big, noon)
	require.ErrorIs(t, err, store.ErrFull)
	require.ErrorContains(t, err, "database or disk is full")
	require.ErrorContains(t, err, pathOf(url))
	d, err := s.Device(t.Context(), "run", 0)
	require.NoError(t, err)
	assert.Equal(t, store.DeviceWaiting, d.State)
}

func TestAReadOnlyFile(t *testing.T) {
	t.Parallel()
	url := freshFile(t)
	s := open(t, url)
	create(t, s, store.Run{ID: "run"}, 1)
	_, err := s.Writes().Exec("PRAGMA query_only = 1")
	require.NoError(t, err)
	err = s.PutResult(t.Context(), "run", 0, applied, nil, noon)
	require.ErrorIs(t, err, store.ErrReadOnly)
	require.ErrorContains(t, err, "readonly")
	require.ErrorContains(t, err, pathOf(url))
}

func TestADamagedFile(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"its tables": func(b []byte) []byte { return append(b[:100:100], bytes.Repeat([]byte{7}, len(b)-100)...) },
		"cut off":    func(b []byte) []byte { return b[:4096] },
	} {
		url := freshFile(t)
		s, err := store.Open(t.Context(), url)
		require.NoError(t, err)
		create(t, s, store.Run{ID: "run"}, 100)
		require.NoError(t, s.Close())
		whole, err := os.ReadFile(pathOf(url))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(pathOf(url), damage(whole), 0o600))

		err = readAll(t, url)
		require.ErrorIs(t, err, store.ErrDamaged, name)
		require.ErrorContains(t, err, pathOf(url), name)
		assert.False(t, store.IsDown(err), name)
	}
}

func readAll(t *testing.T, url string) error {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		return err
	}
	defer func() { assert.NoError(t, s.Close()) }()
	for _, err := range s.Devices(t.Context(), "run") {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestADamagedArtifact(t *testing.T) {
	t.Parallel()
	for _, damage := range []string{`data = x'00'`, `data = x''`, `sha256 = 'abc'`, `size = 7`} {
		s := open(t, freshFile(t))
		kept, err := s.PutArtifact(t.Context(), store.Artifact{Run: "run", Name: "a.ini"}, []byte("whole"), nil)
		require.NoError(t, err)
		_, err = s.Writes().Exec("UPDATE artifacts SET " + damage)
		require.NoError(t, err)
		_, data, err := s.Artifact(t.Context(), kept.ID)
		require.ErrorIs(t, err, store.ErrDamaged, damage)
		assert.Nil(t, data)
	}
}

func TestANewerStore(t *testing.T) {
	t.Parallel()
	url := freshFile(t)
	s := open(t, url)
	_, err := s.Writes().Exec("INSERT INTO schema_version VALUES (1000)")
	require.NoError(t, err)
	_, err = store.Open(t.Context(), url)
	require.ErrorIs(t, err, store.ErrNewer)
	require.ErrorContains(t, err, pathOf(url))
}

func TestAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"", "acfix.db", "/var/lib/acfix.db", "mysql://u:hunter2@h/d", "sqlite:", "SQLITE:x", "https://u:hunter2@h",
		"postgres://u:hunter2@h:port/d", "postgres://u:hunter2%@h/d", "postgres://u:hunt er2@h/d?sslmode=x",
		"postgres://h/d?sslmode=x&password=hunter2", "postgresql://u:hunter2@h/d?pool_max_conns=x", "postgres://u:hun:ter2/@h/d?sslmode=x",
		"postgres:u:hunter2@h", "postgres:password=hunter2 port=x",
	} {
		_, err := store.Open(t.Context(), url)
		require.ErrorIs(t, err, store.ErrBadURL, url)
		for _, part := range []string{"hunter2", "hunt", "ter2"} {
			assert.NotContains(t, err.Error(), part, url)
		}
	}
	_, err := store.Open(t.Context(), "postgres://h/d?sslmode=x")
	assert.ErrorContains(t, err, "sslmode", "the reason, where it holds no secret")
}

func TestAServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), "postgres://u:hunter2@"+"/d?host="+t.TempDir())
	require.ErrorIs(t, err, store.ErrDown)
	assert.NotContains(t, err.Error(), "hunter2")
	assert.NotContains(t, err.Error(), "\n")
}

// TestAnotherProcessWrites: a writer waits for its turn, as long as the caller wants.
func TestAnotherProcessWrites(t *testing.T) {
	t.Parallel()
	url := freshFile(t)
	s, other := open(t, url), open(t, url)
	create(t, s, store.Run{ID: "run"}, 1)
	tx, err := other.Writes().Begin()
	require.NoError(t, err)
	done := make(chan error)
	go func() { done <- s.PutResult(t.Context(), "run", 0, applied, nil, noon) }()
	select {
	case err := <-done:
		require.Fail(t, "it did not wait", "%v", err)
	case <-time.After(20 * time.Millisecond):
	}
	_, err = s.Device(t.Context(), "run", 0)
	require.NoError(t, err, "readers do not wait")
	require.NoError(t, tx.Rollback())
	require.NoError(t, <-done)
}

func TestWhatIsNoPlainFileIsLeftAlone(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	require.NoError(t, os.Chmod(folder, 0o755))
	_, err := store.Open(t.Context(), "sqlite:"+folder)
	require.ErrorContains(t, err, "not a regular file")
	info, err := os.Stat(folder)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o755), info.Mode().Perm())
}

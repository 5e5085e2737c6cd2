package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/records/store/storetest"
)

// files are all files and directories below a folder, with their content.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			content, readErr := os.ReadFile(path)
			found[path], err = string(content), readErr
		} else {
			found[path] = entry.Type().String()
		}
		return err
	}))
	return found
}

// otherDatabase is the database of another program.
func otherDatabase(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "CREATE TABLE bookmarks (name TEXT)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func write(content string) func(*testing.T, string) {
	return func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, []byte(content), 0o644)) }
}

// TestReadingMakesNoStore, whatever is at the path, and changes nothing of it.
func TestReadingMakesNoStore(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		make func(t *testing.T, path string)
		want error
	}{
		"nothing":                 {func(*testing.T, string) {}, store.ErrMissing},
		"an empty file":           {write(""), store.ErrMissing},
		"a text":                  {write("devices:\n  - name: ams-1\n"), store.ErrForeign},
		"a short text":            {write("x"), store.ErrForeign},
		"a directory":             {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o755)) }, store.ErrForeign},
		"another program's":       {otherDatabase, store.ErrForeign},
		"a link to nothing":       {func(t *testing.T, path string) { require.NoError(t, os.Symlink(path+"x", path)) }, store.ErrMissing},
		"a database without data": {write("SQLite format 3\x00"), store.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			path := filepath.Join(folder, "a%3F b.db")
			test.make(t, path)
			before := files(t, folder)
			_, err := store.OpenExisting(t.Context(), "sqlite:"+path)
			require.ErrorIs(t, err, test.want)
			require.ErrorContains(t, err, path)
			assert.Equal(t, before, files(t, folder))
		})
	}
	folder := t.TempDir()
	for _, path := range []string{filepath.Join(folder, "typo", "deep", "x.db"), filepath.Join(folder, "x.db")} {
		_, err := store.OpenExisting(t.Context(), "sqlite:"+path)
		require.ErrorIs(t, err, store.ErrMissing)
	}
	assert.Len(t, files(t, folder), 1, "the folder itself")
}

// TestWhatIsAnothersIsNotMadeAStore: neither its mode nor a byte of it changes.
func TestWhatIsAnothersIsNotMadeAStore(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T, string){
		"a text": write("devices:\n"), "a database": otherDatabase,
	} {
		path := filepath.Join(t.TempDir(), "other.db")
		make(t, path)
		require.NoError(t, os.Chmod(path, 0o644))
		before := files(t, filepath.Dir(path))
		_, err := store.Open(t.Context(), "sqlite:"+path)
		require.ErrorIs(t, err, store.ErrForeign, name)
		assert.Equal(t, before, files(t, filepath.Dir(path)), name)
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o644), info.Mode().Perm(), name)
	}
}

func TestAnExistingStoreIsReadAndANewerOneLeftAlone(t *testing.T) {
	t.Parallel()
	url := freshFile(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	create(t, s, store.Run{ID: "run"}, 1)
	require.NoError(t, s.Close())
	again, err := store.OpenExisting(t.Context(), url)
	require.NoError(t, err)
	kept, err := again.Run(t.Context(), "run")
	require.NoError(t, err)
	assert.Equal(t, "run", kept.ID)
	_, err = again.Writes().Exec("INSERT INTO schema_version VALUES (1000)")
	require.NoError(t, err)
	require.NoError(t, again.Close())
	before := files(t, filepath.Dir(pathOf(url)))
	for _, open := range []func(context.Context, string) (*store.Store, error){store.Open, store.OpenExisting} {
		_, err = open(t.Context(), url)
		require.ErrorIs(t, err, store.ErrNewer)
	}
	assert.Equal(t, before, files(t, filepath.Dir(pathOf(url))))
}

func TestADamagedStoreIsNoMissingOne(t *testing.T) {
	t.Parallel()
	url := freshFile(t)
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	whole, err := os.ReadFile(pathOf(url))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(pathOf(url), slices.Concat(whole[:100], bytes.Repeat([]byte{7}, len(whole)-100)), 0o600))
	_, err = store.OpenExisting(t.Context(), url)
	require.ErrorIs(t, err, store.ErrDamaged)
}

// TestWhatAServerAnswers: each refusal has its kind, and no password is told.
func TestWhatAServerAnswers(t *testing.T) {
	t.Parallel()
	for sqlstate, want := range map[string]error{
		"28P01": store.ErrRefused, "28000": store.ErrRefused, "42501": store.ErrRefused, "3D000": store.ErrMissing,
		"53100": store.ErrFull, "57P03": store.ErrDown, "53300": store.ErrDown, "08006": store.ErrDown,
	} {
		address := "postgres://u:hunter2@" + storetest.Refusing(t, sqlstate) + "/acfix"
		for _, open := range []func(context.Context, string) (*store.Store, error){store.Open, store.OpenExisting} {
			_, err := open(t.Context(), address)
			require.ErrorIs(t, err, want, sqlstate)
			assert.Equal(t, want == store.ErrDown, store.IsDown(err), sqlstate)
			assert.NotContains(t, err.Error(), "hunter2")
		}
	}
}

// TestTLSThatCannotBeTrusted: the server is there, so that waiting would not help.
func TestTLSThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	_, err := store.Open(t.Context(), "postgres://u@"+storetest.Refusing(t, "57P03")+"/acfix?sslmode=require")
	require.ErrorIs(t, err, store.ErrUntrusted, "a server without TLS")

	server := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	address := strings.TrimPrefix(server.URL, "https://")
	_, err = store.Open(t.Context(), "postgres://u@"+address+"/acfix?sslmode=verify-full&sslnegotiation=direct")
	require.ErrorIs(t, err, store.ErrUntrusted, "a certificate of nobody's")
	assert.False(t, store.IsDown(err))
}

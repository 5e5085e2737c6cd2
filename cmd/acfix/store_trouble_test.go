package main

import (
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/records/store/storetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// readers are the command lines that read a store; %s is it.
var readers = []string{
	"history --store %s", "history -o json --store %s", "report 3f2a --store %s", "report 3f2a -o html --store %s", "show 3f2a --store %s",
	"job approve 3f2a --name a --change c --store %s", "history prune --older-than-days 1 --yes --store %s",
	"plan --resume 3f2a --store %s", "apply --resume 3f2a --yes --store %s", "backup fetch store:1 --store %s",
	"restore store:1 --yes --store %s",
}

// TestAnUnusableStore: whichever command reads it, each kind of trouble has its code, its hint and its exit
// code, and nothing is made.
func TestAnUnusableStore(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := func(name string, content string) string {
		file := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
		return "sqlite:" + file
	}
	require.NoError(t, os.Mkdir(filepath.Join(folder, "directory"), 0o700))
	damaged, newer := aStore(t, folder, "damaged.db"), aStore(t, folder, "newer.db")
	text, err := os.ReadFile(damaged)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(damaged, slices.Concat(text[:100], make([]byte, len(text)-100)), 0o600))
	outdo(t, newer)
	refusing := func(sqlstate string) string {
		return "postgres://u:hunter2@" + storetest.Refusing(t, sqlstate) + "/acfix"
	}
	for name, test := range map[string]struct {
		store, code, said string
		exit              int
	}{
		"a typo":             {"sqlite:" + filepath.Join(folder, "typo", "x.db"), "store_missing", "there is no store", exitUsage},
		"below a file":       {path("file", "x") + "/x.db", "store_missing", "there is no store", exitUsage},
		"an empty file":      {path("empty.db", ""), "store_missing", "the file is empty", exitUsage},
		"a directory":        {"sqlite:" + filepath.Join(folder, "directory"), "store_foreign", "it is a directory", exitUsage},
		"not a database":     {path("devices.csv", "name,url\nams-1,192.0.2.1\n"), "store_foreign", "not an SQLite database", exitUsage},
		"no address":         {"runs.db", "store_address", "sqlite: or postgres://", exitUsage},
		"another database":   {"mysql://u:hunter2@db/acfix", "store_address", "sqlite: or postgres://", exitUsage},
		"a damaged file":     {"sqlite:" + damaged, "store_damaged", "damaged", exitFailed},
		"a newer schema":     {"sqlite:" + newer, "store_newer", "newer acfix", exitFailed},
		"a wrong password":   {refusing("28P01"), "store_refused", "PGPASSWORD", exitFailed},
		"an unknown user":    {refusing("28000"), "store_refused", "PGPASSWORD", exitFailed},
		"an unknown name":    {refusing("3D000"), "store_missing", "there is no store", exitUsage},
		"a server that ends": {refusing("57P03"), "store_down", "that the database server runs", exitFailed},
		"no server":          {"postgres://u:hunter2@/d?host=" + folder, "store_down", "that the database server runs", exitFailed},
		"no TLS":             {refusing("57P03") + "?sslmode=require", "store_untrusted", "sslrootcert", exitFailed},
	} {
		for _, line := range readers {
			d := newOperator(t, "")
			before := tree(t, folder)
			assert.Equal(t, test.exit, d.app.run(strings.Fields(fmt.Sprintf(line, test.store))), "%s: %s: %s", name, line, &d.stderr)
			said := d.stderr.String()
			assert.Regexp(t, `\Aacfix: error: .*\nacfix: hint:  .*\n\z`, said, "%s: %s", name, line)
			assert.Contains(t, said, test.said, name)
			assert.Contains(t, said, "["+test.code+"]", name)
			assert.NotContains(t, said, "hunter2", name)
			assert.Empty(t, d.stdout.String(), name)
			assert.Equal(t, before, tree(t, folder), "%s: %s", name, line)
			assert.Len(t, tree(t, d.app.getenv("XDG_STATE_HOME")), 1, "%s: %s", name, line)
		}
	}
}

// aStore makes a store with nothing in it and returns its path.
func aStore(t *testing.T, folder, name string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	made, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	require.NoError(t, made.Close())
	return path
}

// outdo makes a store one of a later acfix.
func outdo(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "INSERT INTO schema_version VALUES (1000)")
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

// tree is all that is below a folder, by name and size.
func tree(t *testing.T, folder string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && entry.Type().IsRegular() {
			path = fmt.Sprintf("%s %d %s", path, info.Size(), info.Mode())
		}
		found = append(found, path)
		return err
	}))
	return found
}

// TestTheFirstDay: where no run was ever kept, reading says so, is no failure and makes nothing.
func TestTheFirstDay(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]struct {
		exit int
		said string
	}{
		"history":                {exitDone, "There are no runs yet."},
		"history --state failed": {exitDone, "There are no runs yet."},
		"history -o json":        {exitDone, `"runs": []`},
		"history prune --older-than-days 1 --yes": {exitDone, "Runs deleted: 0."},
		"report 3f2a":                                 {exitUsage, "no run was kept yet"},
		"show 3f2a":                                   {exitUsage, "no run was kept yet"},
		"plan --resume 3f2a":                          {exitUsage, "no run was kept yet"},
		"apply --resume 3f2a --yes":                   {exitUsage, "no run was kept yet"},
		"job approve 3f2a --name a --change c":        {exitUsage, "no run was kept yet"},
		"backup fetch store:1":                        {exitUsage, "no store is named"},
		"backup list":                                 {exitDone, "There are no backups"},
		"__complete report ":                          {exitDone, "ShellComp"},
		"__complete report x --store sqlite:/typo/x ": {exitDone, "ShellComp"},
		"show ../../go.mod":                           {exitUsage, "sealed with another key"},
	} {
		d := newOperator(t, "")
		assert.Equal(t, want.exit, d.app.run(strings.Split(line, " ")), "%s: %s", line, &d.stderr)
		assert.Contains(t, d.stdout.String()+d.stderr.String(), want.said, line)
		assert.Len(t, tree(t, d.app.getenv("XDG_STATE_HOME")), 1, "%s leaves nothing behind", line)
	}
}

// TestEveryStoreTroubleIsExplained, and nothing else is.
func TestEveryStoreTroubleIsExplained(t *testing.T) {
	t.Parallel()
	var codes []string
	for _, row := range storeTroubles {
		codes = append(codes, row.code)
		assert.Equal(t, row.hint, hintOf(fmt.Errorf("open: %w", row.kind)), row.code)
	}
	slices.Sort(codes)
	assert.Equal(t, codes, explain.Codes(explain.Store))
}

// TestWhatTheDiskSaysHasAHint, wherever it comes up.
func TestWhatTheDiskSaysHasAHint(t *testing.T) {
	t.Parallel()
	for cause, want := range map[error]string{
		syscall.ENOSPC: "disk is full", syscall.EDQUOT: "quota", syscall.EROFS: "XDG_STATE_HOME", syscall.EACCES: "XDG_STATE_HOME",
		syscall.EPERM: "XDG_STATE_HOME", syscall.ENOTDIR: "XDG_STATE_HOME",
	} {
		assert.Contains(t, hintOf(fmt.Errorf("keep the plan key: %w", &fs.PathError{Op: "write", Path: "x", Err: cause})), want)
	}
}

// TestAFileThatMayNotBeWrittenTo: the hint is about that file, a store or an inventory, and about nothing else.
func TestAFileThatMayNotBeWrittenTo(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{syscall.EACCES, syscall.EPERM, syscall.EROFS} {
		file := &fs.PathError{Op: "open", Path: "x", Err: cause}
		inventory := hintOf(fmt.Errorf("x %w: %w", errNotChanged, file))
		assert.Contains(t, inventory, "check owner and mode of the file and its directory")
		assert.NotRegexp(t, "XDG_STATE_HOME|--store|--backup-dir", inventory)
	}
	refused := &store.Error{Doing: "open the store in x", Kind: store.ErrRefused, Cause: &fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}}
	assert.Contains(t, hintOf(refused), "XDG_STATE_HOME")
	assert.NotContains(t, hintOf(refused), "PostgreSQL")
	assert.ErrorIs(t, replaceFile(filepath.Join(t.TempDir(), "none.yaml"), nil), errNotChanged)
}

package store_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAPruneGivesSpaceBack: file and log together shrink while another process, such as serve, has the store open.
func TestAPruneGivesSpaceBack(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "runs.db")
	serving, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, serving.Close()) }()
	size := func() (bytes int64) {
		for _, file := range []string{path, path + "-wal"} {
			info, err := os.Stat(file)
			require.NoError(t, err)
			bytes += info.Size()
		}
		return bytes
	}
	plan := document("%s", `{"x":"`+strings.Repeat("x", 20<<10)+`"}`)
	ended := map[string]time.Time{"old": noon.AddDate(-1, 0, 0), "new": noon}
	for _, run := range []string{"old", "new"} {
		create(t, serving, store.Run{ID: run, Action: "plan", Created: noon.AddDate(-1, 0, 0)}, 100)
		for position := range 100 {
			sight := store.Sight{Position: position, Verdict: "change", Read: true}
			require.NoError(t, serving.PutPlan(t.Context(), run, sight, plan, ended[run]))
		}
	}
	require.NoError(t, serving.EndRun(t.Context(), "old", store.RunDone, 0, "", noon.AddDate(-1, 0, 0)))
	before := size()
	pruning, err := store.Open(t.Context(), "sqlite:"+path)
	require.NoError(t, err)
	defer func() { require.NoError(t, pruning.Close()) }()
	require.NoError(t, serving.EndRun(t.Context(), "new", store.RunDone, 0, "", noon.Add(time.Hour)))
	pruned, err := pruning.Prune(t.Context(), noon.AddDate(0, -1, 0))
	require.NoError(t, err)
	assert.Equal(t, 1, pruned)
	assert.Less(t, size(), before*2/3)
	assert.Less(t, size(), int64(3<<20), "one run of 100 devices is left")
}

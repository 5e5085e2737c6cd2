package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Without PostgreSQL the document says so, and the other parts go on.
func TestNoPostgres(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := startDatabase(t.Context(), "/nonexistent", filepath.Join(t.TempDir(), "*"))
	require.ErrorIs(t, err, errNoPostgres)
	assert.ErrorContains(t, err, "Debian: postgresql")
}

func TestTheEndOfARun(t *testing.T) {
	moment := time.Date(2026, 3, 2, 8, 15, 0, 123456000, time.UTC)
	for row, over := range map[string]bool{"": false, "running|0": false, "done|1772439300123456": true, "waiting|1772439300123456": true} {
		at, is, err := endOf(row)
		require.NoError(t, err, row)
		assert.Equal(t, over, is, row)
		if over {
			assert.True(t, moment.Equal(at), at)
		}
	}
	for _, row := range []string{"failed|1", "interrupted|1", "stopped|1", "done|x"} {
		_, _, err := endOf(row)
		require.Error(t, err, row)
	}
}

// The page's own token and cookie go back with the form.
func TestStartsAJob(t *testing.T) {
	started := ""
	pages := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			http.SetCookie(w, &http.Cookie{Name: "acfix", Value: "id"})
			w.Write([]byte(`<input type="hidden" name="form" value="token">`))
			return
		}
		if cookie, err := r.Cookie("acfix"); err != nil || cookie.Value != "id" || r.PostFormValue("form") != "token" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		started = r.URL.Path + " " + r.PostFormValue("job")
	}))
	folder, err := os.MkdirTemp("", "acfix") // the system takes no long path
	require.NoError(t, err)
	defer os.RemoveAll(folder)
	socket := filepath.Join(folder, "pages")
	pages.Listener.Close()
	pages.Listener, err = net.Listen("unix", socket)
	require.NoError(t, err)
	pages.Start()
	defer pages.Close()
	require.NoError(t, startJob(t.Context(), socket, "apply"))
	assert.Equal(t, "/jobs/run apply", started)
	require.Error(t, startJob(t.Context(), socket+"x", "apply"))
}

func TestWorkerTable(t *testing.T) {
	var out bytes.Buffer
	b := &bencher{options: options{tasks: allTasks}, figures: map[figure]float64{}, stdout: &out}
	alone := map[string][]cost{"plan": {{wall: 2 * time.Second}}, "apply": {{wall: 8 * time.Second}}}
	with := map[int][]shared{}
	for _, workers := range workerCounts {
		with[workers] = []shared{{walls: map[string]time.Duration{"plan": 4 * time.Second, "apply": 8 * time.Second}, transactions: 12.5}}
	}
	b.workerTable(alone, with)
	assert.Contains(t, out.String(), "| plan | PostgreSQL | 3 | 4.00 | 0.50 | |\n")
	assert.Contains(t, out.String(), "| plan + apply | PostgreSQL | 1 | | | 12.5 |\n")
	for _, a := range aims {
		if a.part == "postgres" {
			assert.Contains(t, b.figures, a.figure, "every aim has its figure")
		}
	}
}

// A job that came due while the benchmark runs would be measured with it.
func TestJobsFile(t *testing.T) {
	b := &bencher{options: options{tasks: allTasks}, folder: t.TempDir()}
	file, err := b.writeJobs(&fleet{inventory: "/fleet.yaml"})
	require.NoError(t, err)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, 2, bytes.Count(text, []byte(`batch: "100%"`)))
	assert.Equal(t, 2, bytes.Count(text, []byte("29 2 *")))
	assert.Contains(t, string(text), "name: apply")
}

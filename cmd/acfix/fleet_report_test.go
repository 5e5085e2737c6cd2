package main

import (
	"encoding/csv"
	"encoding/xml"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestARunIsReported(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	sick := d.fleet.Member(d.readies()[5]).Name
	d.fault(d.readies()[5], broken)
	result := d.apply(exitFailed)

	history := d.acfix(exitDone, "history", "-o", "json")
	requireFits(t, "acfix.history/v1", history)
	assert.Equal(t, result.run, first(t, decode(t, history), "runs", "id"))
	assert.Equal(t, "done", first(t, decode(t, history), "runs", "state"))
	assert.EqualValues(t, exitFailed, first(t, decode(t, history), "runs", "exit"))
	assert.Contains(t, d.acfix(exitDone, "history"), result.run)
	assert.NotContains(t, d.acfix(exitDone, "history", "--action", "plan"), result.run)

	again := d.outcome(d.acfix(exitDone, "report", result.run[:8], "-o", "json"))
	assert.Equal(t, result, again, "what is kept is what was shown")

	text := d.acfix(exitDone, "report", result.run)
	assert.Contains(t, text, "60 devices")
	assert.Contains(t, text, sick)
	assert.Contains(t, text, "[rejected]")
	assert.Equal(t, 60, strings.Count(d.acfix(exitDone, "report", result.run, "--verbose"), "  sbc-"))

	rows, err := csv.NewReader(strings.NewReader(d.acfix(exitDone, "report", result.run, "-o", "csv"))).ReadAll()
	require.NoError(t, err)
	assert.Len(t, rows, 61)
	assert.Equal(t, []string{"wave", "1", "2"}, []string{rows[0][2], rows[1][2], rows[2][2]}, "one, ten percent, the rest")
	assert.Equal(t, "3", rows[60][2])

	html := d.acfix(exitDone, "report", result.run, "-o", "html")
	assert.True(t, strings.HasSuffix(strings.TrimSpace(html), "</html>"), "the whole page")
	for i := range d.fleet.Len() {
		assert.Contains(t, html, d.fleet.Member(i).Name)
	}

	var suites struct {
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suite    struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Failure *struct{}
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal([]byte(d.acfix(exitDone, "report", result.run, "-o", "junit")), &suites))
	assert.Len(t, suites.Suite.Cases, 60)
	assert.Equal(t, result.count("blocked"), suites.Failures)
	assert.Equal(t, result.count("failed"), suites.Errors)

	d.acfix(exitUsage, "report", "ffffffff")
	assert.Contains(t, d.stderr.String(), "acfix history")
}

func TestAStoppedRunSaysWhy(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(4))
	d.fault(0, broken)
	result := d.apply(exitHalted, "--batch", "1")
	history := d.acfix(exitDone, "history", "-o", "json")
	assert.Equal(t, "stopped", first(t, decode(t, history), "runs", "state"))
	assert.Contains(t, first(t, decode(t, history), "runs", "reason"), "failed after they were written to")
	assert.Contains(t, d.acfix(exitDone, "report", result.run), "Skipped (3)")
}

// TestAnotherStore: a run is where --store says, and nowhere else.
func TestAnotherStore(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	path := filepath.Join(t.TempDir(), "deep", "runs.db")
	result := d.apply(exitDone, "--store", "sqlite:"+path)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	assert.Contains(t, d.acfix(exitDone, "history", "--store", "sqlite:"+path), result.run)
	assert.NotContains(t, d.acfix(exitDone, "history"), result.run)
	d.acfix(exitUsage, "report", result.run)
	d.acfix(exitUsage, "apply", "--yes", "--resume", result.run)
}

func TestABadStore(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	for _, url := range []string{"mysql://host/db", "sqlite:", "/var/lib/runs.db", "runs.db", "postgres://host:port/db"} {
		for _, command := range [][]string{{"plan", "-i", d.inventory}, {"apply", "--yes", "-i", d.inventory}, {"history"}, {"report", "1"}} {
			d.acfix(exitUsage, append(command, "--store", url)...)
			assert.Contains(t, d.stderr.String(), "--store", "%s %s", command[0], url)
			assert.Contains(t, d.stderr.String(), "hint:")
		}
	}
	assert.Zero(t, d.fleet.Counts().Requests)
}

// TestAStoreThatTakesNothing: reading continues without it and says so; no device is written to.
func TestAStoreThatTakesNothing(t *testing.T) {
	t.Parallel()
	notADirectory := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(notADirectory, nil, 0o600))
	stores := map[string]string{"a file where a directory must be": filepath.Join(notADirectory, "runs.db")}
	if runtime.GOOS != "windows" && os.Geteuid() != 0 {
		closed := t.TempDir()
		require.NoError(t, os.Chmod(closed, 0o500))
		stores["a directory that is closed"] = filepath.Join(closed, "runs.db")
	}
	for name, path := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, alike(2))
			text := d.acfix(exitDone, "plan", "-i", d.inventory, "-o", "json", "--store", "sqlite:"+path)
			requireFits(t, "acfix.plan/v1", text)
			assert.Contains(t, d.stderr.String(), "WARNING: this run is not kept")
			assert.Equal(t, "change", first(t, decode(t, text), "devices", "verdict"))
			d.acfix(exitDone, "apply", "--dry-run", "-i", d.inventory, "--store", "sqlite:"+path)

			before := d.fleet.Counts()
			assert.Empty(t, d.acfix(exitFailed, "apply", "--yes", "-i", d.inventory, "--store", "sqlite:"+path))
			assert.Contains(t, d.stderr.String(), "error:")
			assert.Equal(t, before, d.fleet.Counts(), "refused before anything is sent")
		})
	}
}

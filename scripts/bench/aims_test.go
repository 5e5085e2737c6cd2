package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measuredAs returns a bencher with each figure at its aim, but for those given by their names.
func measuredAs(others map[string]float64) (*bencher, *bytes.Buffer) {
	var out bytes.Buffer
	b := &bencher{options: options{devices: 1000}, figures: map[figure]float64{}, stdout: &out}
	for _, a := range aims {
		b.figures[a.figure] = max(a.least, a.most)
		if value, given := others[a.figure.String()]; given {
			b.figures[a.figure] = value
		}
	}
	return b, &out
}

func TestRatiosAreComparedWithTheAims(t *testing.T) {
	for name, test := range map[string]struct {
		others map[string]float64
		says   string
		beyond bool
	}{
		"all met": {nil, "| plan, 32 at a time: wall × the least | ≤ 1.10 | 1.10 | ok |", false},
		"slow": {map[string]float64{"apply, 128 at a time: wall × the least": 1.75},
			"| apply, 128 at a time: wall × the least | ≤ 1.70 | 1.75 | **not met** |", true},
		"by a hair": {map[string]float64{"apply, 128 at a time: wall × the least": 1.704}, "| 1.70 | ok |", false},
		"costly": {map[string]float64{"plan, 32 at a time, P-384: CPU × the least": 1.71},
			"| plan, 32 at a time, P-384: CPU × the least | ≤ 1.70 | 1.71 | **not met** |", true},
		"slower on PostgreSQL": {map[string]float64{"apply, PostgreSQL and 1 worker: speed × one process with SQLite": 0.69},
			"≥ 0.70 | 0.69 | **not met** |", true},
		"faster on PostgreSQL": {map[string]float64{"plan, PostgreSQL and 3 workers: speed × one process with SQLite": 2}, "| 2.00 | ok |", false},
		"large":                {map[string]float64{"plan, 32 at a time: peak MiB": 49}, "| ≤ 48 | 49.00 | **not met**, not a ratio |", false},
		"talkative": {map[string]float64{"plan + apply, PostgreSQL and 3 workers: transactions per device": 74},
			"| ≤ 15 | 74.00 | **not met**, not a ratio |", false},
	} {
		b, out := measuredAs(test.others)
		err := b.compare()
		assert.Contains(t, out.String(), test.says, name)
		if test.beyond {
			require.ErrorIs(t, err, errBeyond, name)
			assert.ErrorContains(t, err, "1 of", name)
		} else {
			require.NoError(t, err, name)
		}
	}
}

// What was not measured is said to be, and a check of nothing at all fails.
func TestWhatWasNotMeasured(t *testing.T) {
	b, out := measuredAs(nil)
	delete(b.figures, figure{"p384", "plan", 32, 0, cpu})
	b.devices = 50
	require.NoError(t, b.compare())
	assert.Contains(t, out.String(), "| plan, 32 at a time, P-384: CPU × the least | ≤ 1.70 | not measured | |")
	assert.Contains(t, out.String(), "| plan, 32 at a time: peak MiB | ≤ 48 | not measured | |", "it holds for 1,000 devices")
	b.figures = map[figure]float64{}
	require.ErrorContains(t, b.compare(), "no ratio")
}

func TestAResultBecomesFigures(t *testing.T) {
	b, _ := measuredAs(nil)
	bare := result{task: "plan", tool: "bare", parallel: 32, cost: cost{wall: 2 * time.Second, cpu: time.Second}}
	r := bare
	r.tool, r.cost = "acfix", cost{wall: 3 * time.Second, cpu: 2 * time.Second, peak: 44 << 20}
	b.note("comparison", r, bare)
	b.note("", result{task: "plan", tool: "acfix", parallel: 32}, bare)
	b.note("comparison", bare, bare)
	for quantity, value := range map[string]float64{wall: 1.5, cpu: 2, peak: 44} {
		assert.InDelta(t, value, b.figures[figure{"comparison", "plan", 32, 0, quantity}], 1e-9)
	}
}

func TestWritesTheMeasuredPart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "benchmarks.md")
	require.NoError(t, os.WriteFile(file, []byte("before\n"+documentBegin+"old\n"+documentEnd+"after\n"), 0o600))
	for range 2 {
		require.NoError(t, writeDocument(file, "\n## new\n\ntext\n"))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, "before\n"+documentBegin+"\n## new\n\ntext\n\n"+documentEnd+"after\n", string(text))
	}
	for _, broken := range []string{"", documentBegin, documentEnd, documentEnd + documentBegin} {
		require.NoError(t, os.WriteFile(file, []byte(broken), 0o600))
		require.Error(t, writeDocument(file, "new"))
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, broken, string(text), "it stays")
	}
	document, err := os.ReadFile("../../docs/benchmarks.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(document), documentBegin)
	assert.Contains(t, rest, documentEnd, "docs/benchmarks.md has a measured part")
}

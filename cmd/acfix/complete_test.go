package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const completedInventory = `
devices:
  - {name: ams-1, url: https://192.0.2.10, tags: [emea, canary]}
  - {name: ams-2, url: https://192.0.2.11, password_command: [touch, command-ran]}
  - {name: nyc-1, url: https://192.0.2.12, tags: [canary]}
`

const completedJobs = `
jobs:
  - {name: nightly-plan, schedule: "0 3 * * *", time_zone: UTC, action: plan, inventory: fleet.yaml}
`

// completed is what a shell is told, without the line with the directive.
func completed(t *testing.T, a *app, arguments ...string) []string {
	t.Helper()
	var stdout, stderr strings.Builder
	a.stdout, a.stderr = &stdout, &stderr
	require.Equal(t, exitDone, a.run(append([]string{"__complete"}, arguments...)))
	assert.Regexp(t, `^(Completion ended with directive: .*\n)?$`, stderr.String(), "completion says nothing")
	var words []string
	for line := range strings.Lines(stdout.String()) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !strings.HasPrefix(word, ":") {
			words = append(words, word)
		}
	}
	return words
}

// atShell is acfix as a shell calls it: it must not ask and must send nothing.
func atShell(t *testing.T) (a *app, folder string) {
	t.Helper()
	folder = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "fleet.yaml"), []byte(completedInventory), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "jobs.yaml"), []byte(completedJobs), 0o600))
	return &app{
		getenv:     func(name string) string { return map[string]string{"XDG_STATE_HOME": folder}[name] },
		boot:       func() string { return "" },
		now:        time.Now,
		abort:      t.Context(),
		readSecret: func() ([]byte, error) { t.Error("asked for a secret"); return nil, nil },
	}, folder
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	a, folder := atShell(t)
	hostile, hostileJobs := filepath.Join(folder, "hostile.yaml"), filepath.Join(folder, "hostile-jobs.yaml")
	require.NoError(t, os.WriteFile(hostile, []byte(strings.Replace(completedInventory, "ams-1", "$(reboot)", 1)), 0o600))
	require.NoError(t, os.WriteFile(hostileJobs, []byte(strings.Replace(completedJobs, "nightly-plan", "$(reboot)", 1)), 0o600))
	fleet, jobs := filepath.Join(folder, "fleet.yaml"), filepath.Join(folder, "jobs.yaml")
	for _, test := range []struct{ typed, want string }{
		{"plan -i " + fleet + " |", "ams-1 ams-2 nyc-1"},
		{"plan -i " + fleet + " |a", "ams-1 ams-2"},
		{"plan -i " + fleet + " ams-1 |a", "ams-2"},
		{"apply -i " + fleet + " |n", "nyc-1"},
		{"backup --inventory=" + fleet + " |n", "nyc-1"},
		{"plan -i " + fleet + " --limit |", "ams-1 ams-2 nyc-1 tag:canary tag:emea"},
		{"plan -i " + fleet + " --limit |ams-1,tag:", "ams-1,tag:canary ams-1,tag:emea"},
		{"plan -i " + fleet + " --limit |ams-1,am", "ams-1,ams-2"},
		{"plan |", ""},
		{"plan -i " + folder + "/nowhere.yaml |", ""},
		{"plan -i " + jobs + " |", ""},
		{"plan -i " + hostile + " |", ""},
		{"job run --jobs " + hostileJobs + " |", ""},
		{"job run --jobs " + jobs + " |", "nightly-plan"},
		{"job run --jobs " + fleet + " |", ""},
		{"job run |", ""},
		{"plan -o |", "text json jsonl"},
		{"report -o |", "text json csv html junit markdown"},
		{"history --state |w", "waiting"},
		{"show --verdict |blocked,c", "blocked,compliant blocked,change"},
		{"cert check --profile |t", "teams"},
		{"cert check --profile |pexip-i", "pexip-internal-node"},
		{"dns check --profile |p", "pexip"},
		{"completion |", "bash fish powershell zsh"},
	} {
		before, last, _ := strings.Cut(test.typed, "|")
		words := completed(t, a, append(strings.Fields(before), last)...)
		var fit []string // as a shell chooses
		for _, word := range words {
			if strings.HasPrefix(word, last) {
				fit = append(fit, word)
			}
		}
		assert.Equal(t, test.want, strings.Join(fit, " "), test.typed)
	}
	assert.NoFileExists(t, "command-ran")
}

func TestCodesAreCompleted(t *testing.T) {
	t.Parallel()
	a, _ := atShell(t)
	assert.ElementsMatch(t, explained(), completed(t, a, "explain", ""))
	assert.Empty(t, completed(t, a, "explain", "drift", ""))
}

func TestRunsAreCompleted(t *testing.T) {
	t.Parallel()
	a, folder := atShell(t)
	assert.Empty(t, completed(t, a, "report", ""))
	assert.NoDirExists(t, filepath.Join(folder, "acfix"), "completion makes nothing")

	url := "sqlite:" + filepath.Join(folder, "runs.db")
	opened, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	for i, state := range []store.RunState{store.RunDone, store.RunWaiting} {
		run := store.Run{ID: fmt.Sprintf("%016d", i), Action: "plan", State: state, Created: time.Now().Add(time.Duration(i) * time.Second)}
		require.NoError(t, opened.CreateRun(t.Context(), run, nil))
	}
	require.NoError(t, opened.Close())
	both, waiting := []string{"0000000000000001", "0000000000000000"}, []string{"0000000000000001"}
	for typed, want := range map[string][]string{
		"report": both, "show": both, "plan --resume": both, "apply --resume": both, "job approve": waiting,
	} {
		assert.Equal(t, want, completed(t, a, append(append([]string{"--store", url}, strings.Fields(typed)...), "")...), typed)
	}
}

func TestAStoreThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	a, _ := atShell(t)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	a.abort = gone
	assert.Empty(t, completed(t, a, "--store", "postgres://127.0.0.1:1/acfix", "report", ""))
	assert.Empty(t, completed(t, a, "--store", "nonsense", "report", ""))
}

func TestEveryShellGetsAScript(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		a, _ := atShell(t)
		var script strings.Builder
		a.stdout, a.stderr = &script, &script
		assert.Equal(t, exitDone, a.run([]string{"completion", shell}))
		assert.Contains(t, script.String(), "acfix", shell)
	}
}

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// asProgram makes the test binary a program that says something and fails.
const asProgram = "BENCH_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Stderr.WriteString(strings.Repeat("x", 3*tailSize) + "the last word")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func TestOptions(t *testing.T) {
	o, err := parseOptions(nil, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, []int{32, 128}, o.parallel)
	assert.Equal(t, []time.Duration{0, 20 * time.Millisecond}, o.latencies)
	assert.Equal(t, allTools, o.tools)
	assert.Equal(t, 5, o.runs)
	assert.Equal(t, allParts, o.parts)
	assert.Equal(t, 300, o.postgresDevices)

	o, err = parseOptions([]string{"-quick", "-devices", "50", "-parallel", "8"}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, []int{8}, o.parallel, "what is given stays")
	assert.Equal(t, 1, o.runs)
	assert.Empty(t, o.growth)
	assert.NotContains(t, o.tools, "ansible")
	assert.Equal(t, 50, o.postgresDevices)

	o, err = parseOptions([]string{"-check", "-runs", "7", "-parts", "p384"}, io.Discard)
	require.NoError(t, err)
	assert.True(t, o.check)
	assert.Equal(t, 7, o.runs)
	assert.Equal(t, []string{"bare", "acfix"}, o.tools)
	assert.Equal(t, []time.Duration{20 * time.Millisecond}, o.latencies)
	assert.Equal(t, []string{"p384"}, o.parts, "what is given stays")
	for _, a := range aims {
		assert.Contains(t, []string{"comparison", "p384", "postgres"}, a.part, "-check measures what there are aims for")
	}

	for _, wrong := range []string{"extra", "-devices=0", "-parallel=x", "-latency=3", "-tasks=restore", "-tools=acfix", "-growth=0", "-nope", "-parts=all", "-postgres-devices=0", "-parallel="} {
		_, err := parseOptions([]string{wrong}, io.Discard)
		assert.Error(t, err, wrong)
	}
}

func TestAToolThatGaveUpIsNotMeasured(t *testing.T) {
	for name, test := range map[string]struct {
		task   string
		counts total
		fails  bool
	}{
		"plan":          {"plan", total{Requests: 10}, false},
		"apply":         {"apply", total{Requests: 160, Writes: 40, Done: 40}, false},
		"nothing asked": {"plan", total{Requests: 9}, true},
		"plan writes":   {"plan", total{Requests: 10, Writes: 1, Done: 1}, true},
		"some missing":  {"apply", total{Requests: 160, Writes: 39, Done: 39}, true},
		"some refused":  {"apply", total{Requests: 160, Writes: 41, Done: 40}, true},
		"two at a time": {"apply", total{Requests: 160, Writes: 40, Done: 40, Overlap: 1}, true},
		"needless":      {"apply", total{Requests: 160, Writes: 40, Done: 40, Needless: 1}, true},
	} {
		err := complete(test.task, 10, test.counts)
		assert.Equal(t, test.fails, err != nil, "%s: %v", name, err)
	}
}

func TestRow(t *testing.T) {
	bare := result{task: "plan", tool: "bare", devices: 50, parallel: 32, latency: 20 * time.Millisecond,
		cost: cost{wall: 2 * time.Second, cpu: time.Second, peak: 15 << 20}, total: total{Requests: 150, Rounds: 100, Handshakes: 50}}
	other := bare
	other.tool, other.cost = "acfix", cost{wall: 3 * time.Second, cpu: 1500 * time.Millisecond, peak: 31 << 20}
	assert.Equal(t, "| plan | 50 | 20 ms | 32 | least | 2.00 | 1.00 | 1.00 | 1.00 | 15 | 3.0 | 2.0 | 1.00 |\n", row(bare, bare))
	assert.Equal(t, "| plan | 50 | 20 ms | 32 | acfix | 3.00 | 1.50 | 1.50 | 1.50 | 31 | 3.0 | 2.0 | 1.00 |\n", row(other, bare))
	columns := func(line string) int { return strings.Count(line, "|") }
	head, dashes, _ := strings.Cut(tableHead, "\n")
	assert.Equal(t, columns(row(bare, bare)), columns(head))
	assert.Equal(t, columns(head), columns(dashes))
}

// Each quantity has its own median: the run of median wall time may be an odd one for CPU.
func TestMedian(t *testing.T) {
	got := median([]cost{{wall: 9, cpu: 2, peak: 7}, {wall: 1, cpu: 3, peak: 9}, {wall: 5, cpu: 8, peak: 8}})
	assert.Equal(t, cost{wall: 5, cpu: 3, peak: 8}, got)
}

func TestAFailedProgramIsNotMeasured(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), asProgram+"=1")
	_, err = measure(t.Context(), command)
	require.ErrorContains(t, err, "the last word")
	assert.Less(t, len(err.Error()), 2*tailSize)
}

// The scripts of the other tools send the yardstick's requests, in their order.
func TestScripts(t *testing.T) {
	targets := filepath.Join(t.TempDir(), "targets")
	require.NoError(t, os.WriteFile(targets, []byte("https://127.0.0.1:1 aa\nhttps://127.0.0.2:1 bb\n"), 0o600))
	j := job{task: "apply", fleet: &fleet{targets: targets}, parallel: 7, folder: t.TempDir(), requests: []request{
		{Method: "GET", Path: "/a"}, {Method: "PUT", Path: "/b", ContentType: "x/y", Body: []byte("body")}, {Method: "GET", Path: "/c"},
	}}
	command, err := curlCommand(t.Context(), j)
	require.NoError(t, err)
	assert.Equal(t, []string{"xargs", "-a", targets, "-P", "7", "-n", "2", "sh", filepath.Join(j.folder, "device.sh")}, command.Args)
	script, err := os.ReadFile(filepath.Join(j.folder, "device.sh"))
	require.NoError(t, err)
	assert.Equal(t, []string{"answer0", "/dev/null"}, outputs(script))
	assert.Less(t, bytes.Index(script, []byte(`"$1/a"`)), bytes.Index(script, []byte("sync answer*")))
	assert.Less(t, bytes.Index(script, []byte("sync answer*")), bytes.Index(script, []byte(`"$1/b"`)))
	body, err := os.ReadFile(filepath.Join(j.folder, "body1"))
	require.NoError(t, err)
	assert.Equal(t, "body", string(body))

	j.requests = j.requests[:1]
	_, err = ansibleCommand(t.Context(), j)
	require.NoError(t, err)
	hosts, err := os.ReadFile(filepath.Join(j.folder, "hosts"))
	require.NoError(t, err)
	assert.Equal(t, "sbc0 ansible_connection=local url=https://127.0.0.1:1\nsbc1 ansible_connection=local url=https://127.0.0.2:1\n", string(hosts))
	play, err := os.ReadFile(filepath.Join(j.folder, "play.yml"))
	require.NoError(t, err)
	assert.Equal(t, 1, strings.Count(string(play), `url: "{{ url }}/a"`))
}

// outputs are the files of the script's answers, each once.
func outputs(script []byte) []string {
	var files []string
	for line := range strings.Lines(string(script)) {
		if _, rest, found := strings.Cut(line, " -o "); found {
			file, _, _ := strings.Cut(rest, " ")
			if len(files) == 0 || files[len(files)-1] != file {
				files = append(files, file)
			}
		}
	}
	return files
}

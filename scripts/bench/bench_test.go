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
	assert.Equal(t, 3, o.runs)

	o, err = parseOptions([]string{"-quick", "-devices", "50", "-parallel", "8"}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, []int{8}, o.parallel, "what is given stays")
	assert.Equal(t, 1, o.runs)
	assert.Empty(t, o.growth)
	assert.NotContains(t, o.tools, "ansible")

	for _, wrong := range []string{"extra", "-devices=0", "-parallel=x", "-latency=3", "-tasks=restore", "-tools=acfix", "-growth=0", "-nope"} {
		_, err := parseOptions([]string{wrong}, io.Discard)
		assert.Error(t, err, wrong)
	}
}

func TestAToolThatGaveUpIsNotMeasured(t *testing.T) {
	b := bencher{requests: map[string][]request{"plan": {{Method: "GET"}}, "apply": {{Method: "GET"}, {Method: "PUT"}, {Method: "POST"}}}}
	for name, test := range map[string]struct {
		task   string
		counts total
		fails  bool
	}{
		"plan":          {"plan", total{Requests: 10}, false},
		"apply":         {"apply", total{Requests: 30, Writes: 20, Done: 20}, false},
		"nothing asked": {"plan", total{Requests: 9}, true},
		"plan writes":   {"plan", total{Requests: 10, Writes: 1, Done: 1}, true},
		"some missing":  {"apply", total{Requests: 30, Writes: 19, Done: 19}, true},
		"some refused":  {"apply", total{Requests: 30, Writes: 21, Done: 20}, true},
		"two at a time": {"apply", total{Requests: 30, Writes: 20, Done: 20, Overlap: 1}, true},
	} {
		err := b.complete(test.task, 10, test.counts)
		assert.Equal(t, test.fails, err != nil, "%s: %v", name, err)
	}
}

func TestRow(t *testing.T) {
	bare := result{task: "plan", tool: "bare", devices: 50, parallel: 32, latency: 20 * time.Millisecond,
		cost: cost{wall: 2 * time.Second, cpu: time.Second, peak: 15 << 20}, total: total{Requests: 150, Rounds: 150, Handshakes: 50}}
	other := bare
	other.tool, other.cost = "acfix", cost{wall: 3 * time.Second, cpu: 1500 * time.Millisecond, peak: 31 << 20}
	assert.Equal(t, "| plan | 50 | 20 ms | 32 | bare loop | 2.00 | 1.00 | 1.00 | 1.00 | 15 | 3.0 | 3.0 | 1.00 |\n", row(bare, bare))
	assert.Equal(t, "| plan | 50 | 20 ms | 32 | acfix | 3.00 | 1.50 | 1.50 | 1.50 | 31 | 3.0 | 3.0 | 1.00 |\n", row(other, bare))
	columns := func(line string) int { return strings.Count(line, "|") }
	head, dashes, _ := strings.Cut(tableHead, "\n")
	assert.Equal(t, columns(row(bare, bare)), columns(head))
	assert.Equal(t, columns(head), columns(dashes))
}

func TestMedian(t *testing.T) {
	walls := []time.Duration{9, 1, 5}
	got, err := median(3, func() (cost, error) {
		next := walls[0]
		walls = walls[1:]
		return cost{wall: next}, nil
	})
	require.NoError(t, err)
	assert.Equal(t, time.Duration(5), got.wall)
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

// The scripts of the other tools send what was recorded, in its order.
func TestScripts(t *testing.T) {
	urls := filepath.Join(t.TempDir(), "urls")
	require.NoError(t, os.WriteFile(urls, []byte("https://127.0.0.1:1\nhttps://127.0.0.2:1\n"), 0o600))
	j := job{task: "apply", fleet: &fleet{urls: urls}, parallel: 7, folder: t.TempDir(), requests: []request{
		{Method: "GET", Path: "/a"}, {Method: "PUT", Path: "/b", ContentType: "x/y", Body: []byte("body")}, {Method: "GET", Path: "/c"},
	}}
	command, err := curlCommand(t.Context(), j)
	require.NoError(t, err)
	assert.Equal(t, []string{"xargs", "-a", urls, "-P", "7", "-n", "1", "sh", filepath.Join(j.folder, "device.sh")}, command.Args)
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
	assert.Equal(t, 2, strings.Count(string(hosts), "url=https://127."))
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

func TestTheLeastIsTakenOutOfWhatWasSent(t *testing.T) {
	get := func(path string) request { return request{Method: "GET", Path: "/api/v1" + path} }
	put := func(path, body string) request {
		return request{Method: "PUT", Path: "/api/v1" + path, Body: []byte(body)}
	}
	const roots, ini = "/files/tls/1/trustedRoot", "/files/ini"
	sent := []request{get("/status"), get(ini), get(roots), get("/files/tls/1/certificate"), get("/files/tls/0/trustedRoot"),
		get("/files/tls/0/certificate"), get("/alarms/active?limit=20"), put(ini+"/incremental", "switch"), get(ini),
		put(roots+"/incremental", "first"), get(roots), put(roots+"/incremental", "second"), get(roots),
		{Method: "POST", Path: "/api/v1/actions/saveConfiguration"}, get("/status"), get(ini)}
	few, err := leastOf("plan", sent)
	require.NoError(t, err)
	assert.Equal(t, sent[:3], few)
	all, err := leastOf("apply", sent)
	require.NoError(t, err)
	assert.Len(t, all, 16)
	assert.Equal(t, []string{"switch", "first", "second"}, []string{string(all[7].Body), string(all[9].Body), string(all[11].Body)})
	_, err = leastOf("apply", sent[:14])
	assert.ErrorContains(t, err, "GET /status")
}

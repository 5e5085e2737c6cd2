package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pinFile is an inventory of a testApp's device, which has an old pin or none.
func pinFile(t *testing.T, d *testApp, pin string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "fleet.yaml")
	text := "devices:\n  - {name: ams-1, url: '" + d.target[0] + "'" + pin + "}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

const otherPin = "0000000000000000000000000000000000000000000000000000000000000000"

func (d *testApp) pin(file string, more ...string) int {
	return d.app.run(append([]string{"inventory", "pin", file}, more...))
}

// TestTheYesToPinsNamesWhatItReplaces: nothing is written on any other answer, and a pin that is
// replaced is named in the question.
func TestTheYesToPinsNamesWhatItReplaces(t *testing.T) {
	t.Parallel()
	for typed, written := range map[string]bool{"yes\n": true, "no\n": false, "": false, "ams-1\n": false} {
		for pin, question := range map[string]string{
			"":                   "write new pins (1)? Type yes or no",
			", pin: " + otherPin: "REPLACE the pins of ams-1? Type yes or no",
		} {
			d := newTestApp(t, "7.6", typed)
			file := pinFile(t, d, pin)
			before, err := os.ReadFile(file)
			require.NoError(t, err)
			code := d.pin(file, "--write")
			after, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Contains(t, d.stderr.String(), question)
			assert.NotContains(t, d.stderr.String(), "Password")
			assert.Equal(t, pin != "", strings.Contains(d.stderr.String(), "WARNING: ams-1 presents ANOTHER certificate"))
			assert.Empty(t, d.device.Requests())
			if written {
				assert.Equal(t, exitDone, code)
				assert.Contains(t, string(after), d.target[2])
				assert.NotContains(t, string(after), otherPin)
				continue
			}
			assert.Equal(t, exitFailed, code)
			assert.Equal(t, before, after)
			assert.Contains(t, d.stdout.String(), "Declined: nothing was written")
		}
	}
}

func TestAnInterruptAtTheQuestionOfPinsWritesNothing(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	file := pinFile(t, d, "")
	d.app.stdin = stuck{t}
	d.app.stderr = stopAt{&d.stderr, "Type yes or no", d.stop}
	assert.Equal(t, exitInterrupted, d.pin(file, "--write"))
	assert.Contains(t, d.stderr.String(), "nothing was written")
}

func TestAnInterruptBeforeAllWereAskedWritesNothing(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	file := pinFile(t, d, "")
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	close(d.stop)
	assert.Equal(t, exitInterrupted, d.pin(file, "--write", "--yes"))
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

// stuck is a terminal without input.
type stuck struct{ t *testing.T }

func (s stuck) Read([]byte) (int, error) {
	<-s.t.Context().Done()
	return 0, os.ErrClosed
}

func TestAPinnedFileKeepsItsModeAndItsLink(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	file := pinFile(t, d, "")
	require.NoError(t, os.Chmod(file, 0o640))
	link := filepath.Join(t.TempDir(), "link.yaml")
	require.NoError(t, os.Symlink(file, link))
	require.Equal(t, exitDone, d.pin(link, "--write", "--yes"), d.stderr.String())
	info, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&os.ModeSymlink)
	info, err = os.Stat(file)
	require.NoError(t, err)
	if runtime.GOOS != "windows" {
		assert.Equal(t, os.FileMode(0o640), info.Mode().Perm())
	}
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(written), d.target[2])
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")
}

// TestAFileThatChangesMeanwhileIsNotOverwritten: what another wrote while the question stood must
// not be lost.
func TestAFileThatChangesMeanwhileIsNotOverwritten(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	file := pinFile(t, d, "")
	changed := []byte("devices: [{name: other, url: sbc.example}]\n")
	d.app.stdin = onRead{strings.NewReader("yes\n"), func() { assert.NoError(t, os.WriteFile(file, changed, 0o600)) }}
	assert.Equal(t, exitFailed, d.pin(file, "--write"))
	assert.Contains(t, d.stderr.String(), "was changed while the devices were asked; nothing was written")
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, changed, after)
}

// onRead does something when a person is about to answer.
type onRead struct {
	*strings.Reader
	do func()
}

func (r onRead) Read(p []byte) (int, error) {
	r.do()
	return r.Reader.Read(p[:1])
}

func TestAPinIsCollectedThroughTheProxy(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.6", "")
	proxy, connections := socks(t, "sbc.invalid:443", strings.TrimPrefix(d.target[0], "https://"))
	file := filepath.Join(t.TempDir(), "fleet.yaml")
	require.NoError(t, os.WriteFile(file, []byte("devices:\n  - {name: far, url: sbc.invalid, proxy: '"+proxy+"'}\n"), 0o600))
	assert.Equal(t, exitDone, d.pin(file, "--write", "--yes"), d.stdout.String())
	assert.EqualValues(t, 1, connections.Load())
	assert.Empty(t, d.device.Requests())
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(written), `url: sbc.invalid, pin: "`+d.target[2]+`", proxy:`)
}

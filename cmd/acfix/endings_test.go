package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADeclinedPlanIsOneLine(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "no\n")
	require.Equal(t, exitFailed, d.run("apply"))
	assert.Equal(t, d.target[0]+"  Skipped: nothing was written; the plan was declined [declined]\n", d.stdout.String())

	kept := newTestApp(t, "7.4.604", "")
	backup := kept.applied(t)
	require.Equal(t, exitFailed, kept.restore("no\n", backup, "--pin", kept.target[2]))
	assert.Equal(t, 1, strings.Count(kept.stdout.String(), "\n"), &kept.stdout)
	assert.Contains(t, kept.stdout.String(), "the restore was declined [declined]")

	several := newDepot(t, alike(3))
	several.app.stdin = strings.NewReader("no\n")
	stdout := several.acfix(exitFailed, "apply", "-i", several.inventory)
	assert.Equal(t, 3, strings.Count(stdout, "[declined]"))
	assert.Equal(t, 3+2, strings.Count(stdout, "\n"), "a line each, and the count: %s", stdout)
}

// TestAPlanThatDoesNotFitAnyMore has its own headline, no steps, and nothing is asked.
func TestAPlanThatDoesNotFitAnyMore(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	plan := filepath.Join(t.TempDir(), "plan.json")
	require.Equal(t, exitDone, d.run("plan", "--out", plan))
	apply := func(code int, flags ...string) string {
		d.stdout.Reset()
		d.stderr.Reset()
		d.app.stdin = strings.NewReader("yes\n")
		require.Equal(t, code, d.app.run(append([]string{"apply", plan, "--pin", d.target[2]}, flags...)), &d.stderr)
		return d.stdout.String()
	}
	now := d.app.now
	for flag, wanted := range map[string]string{
		"168h":   "it was made 7 days 1 minute ago, and at most 7 days may have passed",
		"60m":    "it was made 7 days 1 minute ago, and at most 1 hour may have passed",
		"90s":    "it was made 7 days ", // and some seconds
		"167h1m": "at most 6 days 23 hours 1 minute may have passed",
	} {
		d.app.now = func() time.Time { return now().Add(7*24*time.Hour + time.Second) }
		text := apply(exitStale, "--max-age", flag)
		assert.Contains(t, text, "  Expired: nothing was written.\n")
		assert.Contains(t, text, wanted)
		assert.NotContains(t, text+d.stderr.String(), "back up the device")
		assert.NotContains(t, d.stderr.String(), "Carry out")
	}
	d.app.now = now
	assert.Contains(t, apply(exitDone), "Applied")
	text := apply(exitStale)
	assert.Contains(t, text, "  Used: nothing was written.\n")
	assert.Contains(t, text, "[plan_used]")
	assert.NotContains(t, text, "Stale")
	assert.NotContains(t, text+d.stderr.String(), "back up the device", "no steps")
	assert.NotContains(t, d.stderr.String(), "Carry out", "nothing is asked where nothing can be done")
}

// TestAClosedWindow says once for each device when it opens, there, and how long that is.
func TestAClosedWindow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ window, now, opens string }{
		{"Sat,Sun 22:00-04:00 Europe/Berlin", "2026-06-03T10:00:00Z", "it opens Sat 2026-06-06 22:00 Europe/Berlin, in 3 days 10 hours"},
		{"22:00-04:00 America/New_York", "2026-06-04T01:58:30Z", "it opens Wed 2026-06-03 22:00 America/New_York, in 2 minutes"},
		{"Sun 02:30-05:00 Europe/Berlin", "2026-03-28T12:00:00Z", "it opens Sun 2026-03-29 03:00 Europe/Berlin, in 13 hours"},
		{"01:00-02:00 UTC", "2026-06-03T00:59:59Z", "it opens Wed 2026-06-03 01:00 UTC, in 1 minute"},
	} {
		d := newDepot(t, alike(3))
		now, err := time.Parse(time.RFC3339, row.now)
		require.NoError(t, err)
		d.app.now = func() time.Time { return now }
		for _, command := range []string{"plan", "apply --yes", "apply --dry-run"} {
			for _, format := range []string{"text", "json"} {
				stdout := d.acfix(exitHalted, append(strings.Fields(command), "-i", d.inventory, "--window", row.window, "-o", format)...)
				stdout, _, _ = strings.Cut(stdout, "\nBy reason\n") // where it stands once more, for all
				assert.Equal(t, 3, strings.Count(stdout, "the change window is closed; "+row.opens), "%s %s: %s", command, format, stdout)
				assert.NotContains(t, d.stderr.String(), "the change window is closed; "+row.opens+" [", "no second summary")
			}
		}
		assert.Contains(t, d.acfix(exitDone, "history"), row.opens)
		assert.Zero(t, d.fleet.Counts().Requests)
	}
}

// TestReadingThatIsStopped: what was not read to the end is no failure, and stands in one list.
func TestReadingThatIsStopped(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"plan", "apply --yes", "apply --dry-run"} {
		d := newDepot(t, alike(3))
		var once sync.Once
		for i := range d.fleet.Len() {
			d.device(i).AddFault(mockdevice.Fault{Path: "/files/ini", Do: mockdevice.Hang})
			d.device(i).OnRequest(func(_ int, request *http.Request) {
				if strings.HasSuffix(request.URL.Path, "/files/ini") {
					once.Do(func() { close(d.stop) })
				}
			})
		}
		stdout := d.acfix(exitInterrupted, append(strings.Fields(command), "-i", d.inventory)...)
		both := stdout + d.stderr.String()
		assert.Contains(t, stdout, "not read: stopped on request [interrupted]", command)
		assert.NotContains(t, strings.ToLower(both), "failed", command)
		assert.NotContains(t, both, "error", command)
		assert.Equal(t, 3, strings.Count(both, "[interrupted]"), "%s: one list alone: %s", command, both)
		assert.Equal(t, !strings.Contains(command, "dry"), strings.Contains(d.stderr.String(), "--resume"))
		shown := d.acfix(exitDone, "history")
		assert.NotContains(t, shown, "failed")
	}
}

// TestTheFirstInterruptIsAnswered: acfix answers it while devices are being worked on, and only then.
func TestTheFirstInterruptIsAnswered(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.500", "")
	said := make(chan struct{})
	d.app.stderr = stopAt{&d.stderr, "a second Ctrl-C exits at once", said}
	var once sync.Once
	d.device.OnRequest(func(_ int, request *http.Request) {
		if request.Method == http.MethodPut {
			once.Do(func() {
				close(d.stop)
				select {
				case <-said:
				case <-time.After(20 * time.Second):
					t.Error("the interrupt was not answered")
				}
			})
		}
	})
	assert.Equal(t, exitInterrupted, d.run("apply", "--yes"))
	assert.Equal(t, 1, strings.Count(d.stderr.String(), "Ctrl-C"))

	asked := newTestApp(t, "7.4.604", "")
	nobody, writer := io.Pipe()
	t.Cleanup(func() { _ = writer.Close() })
	asked.app.stdin = nobody
	asked.app.stderr = stopAt{&asked.stderr, "Type yes or no", asked.stop}
	assert.Equal(t, exitInterrupted, asked.run("apply"))
	assert.NotContains(t, asked.stderr.String(), "Ctrl-C", "it has left already")
	assert.Equal(t, 1, strings.Count(asked.stdout.String(), "\n"), "one line: %s", &asked.stdout)
}

func TestARestoreEndsRestored(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "")
	kept := d.applied(t)
	require.Equal(t, exitDone, d.restore("", kept, "--yes", "--pin", d.target[2]))
	assert.Contains(t, d.stdout.String(), "  Restored: every step was verified, saved, and read once more.\n")
	assert.NotContains(t, d.stdout.String(), "Applied")
}

// shutting is a pipe whose reader leaves after so many writes.
type shutting struct {
	io.Writer
	left *int
	err  error
}

func (c shutting) Write(p []byte) (int, error) {
	if *c.left == 0 {
		return 0, &os.PathError{Op: "write", Path: "|1", Err: c.err}
	}
	*c.left--
	return c.Writer.Write(p)
}

// TestAPipeThatCloses: not a word, no other exit code, and the work on devices goes on to its end.
func TestAPipeThatCloses(t *testing.T) {
	t.Parallel()
	for _, writes := range []int{0, 1} {
		for _, both := range []bool{false, true} {
			for _, command := range []string{"apply --yes", "apply --yes -o json", "apply --yes -o jsonl", "apply --yes -q"} {
				d := newTestApp(t, "7.4.604", "")
				left := writes
				d.app.stdout = shutting{&d.stdout, &left, syscall.EPIPE}
				if both {
					d.app.stderr = shutting{&d.stderr, &left, syscall.EPIPE}
				}
				assert.Equal(t, exitDone, d.run(strings.Fields(command)...), command)
				assert.NotContains(t, d.stderr.String(), "pipe")
				assert.NotContains(t, d.stderr.String(), "error")
				assert.Equal(t, "1", d.device.Flash().Cell("TLSContexts", 1, "UseDefaultCABundle"), "%s: applied and saved", command)
				d.app.stdout = &d.stdout
				d.stdout.Reset()
				require.Equal(t, exitDone, d.app.run([]string{"history", "--action", "apply"}))
				assert.Contains(t, d.stdout.String(), "done", "%s: and so it is on record", command)
			}
		}
	}
	d := newTestApp(t, "7.4.604", "")
	d.app.stdout = shutting{&d.stdout, new(int), syscall.EPIPE}
	for command, code := range map[string]int{
		"history": exitDone, "roots list": exitDone, "version": exitDone, "explain": exitDone, "--help": exitDone, "explain drift -o json": exitDone,
	} {
		assert.Equal(t, code, d.app.run(strings.Fields(command)), command)
	}
	assert.Equal(t, exitPending, d.run("plan", "--detailed-exitcode"), "the exit code is that of the work")
	assert.NotContains(t, d.stderr.String(), "pipe")
}

// TestNobodyAgreesToWhatTheyCannotSee: where the question went into a closed pipe, no answer counts.
func TestNobodyAgreesToWhatTheyCannotSee(t *testing.T) {
	t.Parallel()
	d := newTestApp(t, "7.4.604", "yes\n")
	left := 1
	d.app.stderr = shutting{&d.stderr, &left, syscall.EPIPE}
	assert.Equal(t, exitFailed, d.run("apply"))
	assert.Contains(t, d.stdout.String(), "[declined]")
	assert.Zero(t, d.device.Writes())
}

// TestADiskThatIsFullIsNoClosedPipe: a result that could not be written is said.
func TestADiskThatIsFullIsNoClosedPipe(t *testing.T) {
	t.Parallel()
	d := newOperator(t, "")
	d.app.stdout = shutting{&d.stdout, new(int), syscall.ENOSPC}
	assert.Equal(t, exitFailed, d.app.run([]string{"roots", "list"}))
	assert.Contains(t, d.stderr.String(), "hint:  the disk is full")

	d.app.stdout = shutting{&d.stdout, new(int), syscall.EPIPE}
	file := filepath.Join(t.TempDir(), "tokens.json")
	for _, format := range []string{"text", "json"} {
		assert.Equal(t, exitFailed, d.app.run([]string{"token", "add", "--file", file, "--name", format, "--role", "viewer", "-o", format}))
		assert.Contains(t, d.stderr.String(), "the token is lost", "it was to be shown this once")
	}
}

func TestAWriterIsGoneOnceAndForAll(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	left := 1
	w := inTurn(shutting{&text, &left, syscall.EPIPE})
	for range 3 {
		n, err := w.Write([]byte("line\n"))
		require.NoError(t, err)
		assert.Equal(t, 5, n)
	}
	assert.Equal(t, "line\n", text.String())
	assert.True(t, isGone(w))
	_, err := inTurn(shutting{&text, new(int), io.ErrShortWrite}).Write([]byte("x"))
	assert.True(t, errors.Is(err, io.ErrShortWrite))
}

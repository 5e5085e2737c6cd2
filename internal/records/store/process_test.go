package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

// children are what this test binary does when a test starts it as a process of its own.
var children = map[string]func(*store.Store) error{
	"look":  func(*store.Store) error { return nil },
	"write": writeForEver,
}

const (
	childVariable = "ACFIX_STORE_TEST_CHILD"
	urlVariable   = "ACFIX_STORE_TEST_URL"
)

func TestMain(m *testing.M) {
	work, isChild := children[os.Getenv(childVariable)]
	if !isChild {
		os.Exit(m.Run())
	}
	s, err := store.Open(context.Background(), os.Getenv(urlVariable))
	if err == nil {
		err = work(s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(t *testing.T, what, url string, arguments ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	cmd.Env = append(os.Environ(), childVariable+"="+what, urlVariable+"="+url)
	return cmd
}

// writeForEver goes through the devices of a run and says after each that its result is written.
func writeForEver(s *store.Store) error {
	for i := 0; ; i++ {
		if err := oneDevice(context.Background(), s, os.Args[1], i); err != nil {
			return err
		}
		fmt.Println(i)
	}
}

func TestAKilledProcessLosesNoResultOfSQLite(t *testing.T) {
	t.Parallel()
	aKilledProcessLosesNoResult(t, freshFile(t))
}

func aKilledProcessLosesNoResult(t *testing.T, url string) {
	t.Helper()
	s := open(t, url)
	for n, enough := range []int{5, 30} { // the second in what the first left
		run := fmt.Sprintf("run-%d", n)
		create(t, s, store.Run{ID: run}, 5000)
		last := killAfter(t, child(t, "write", url, run), enough)
		for i := range last + 1 {
			d, err := s.Device(t.Context(), run, i)
			require.NoError(t, err)
			require.Equal(t, store.DeviceDone, d.State, "device %d of %d", i, last)
			events, err := s.Events(t.Context(), fmt.Sprintf("%s/%d", run, i))
			require.NoError(t, err)
			require.NotEmpty(t, events)
		}
	}
}

// killAfter kills a process when it has said so many numbers, and returns the last.
func killAfter(t *testing.T, cmd *exec.Cmd, enough int) (last int) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	killed := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last, err = strconv.Atoi(lines.Text())
		require.NoError(t, err)
		if last >= enough && !killed {
			require.NoError(t, cmd.Process.Kill())
			killed = true
		}
	}
	require.Error(t, cmd.Wait())
	require.True(t, killed, "it ended by itself")
	return last
}

func TestSeveralProcessesOpenAFreshFile(t *testing.T) {
	t.Parallel()
	severalOpen(t, freshFile(t))
}

func severalOpen(t *testing.T, url string) {
	t.Helper()
	var all []*exec.Cmd
	var said []*strings.Builder
	for range 6 {
		cmd, out := child(t, "look", url), &strings.Builder{}
		cmd.Stderr = out
		require.NoError(t, cmd.Start())
		all, said = append(all, cmd), append(said, out)
	}
	for i, cmd := range all {
		assert.NoError(t, cmd.Wait(), said[i].String())
	}
	create(t, open(t, url), store.Run{ID: "run"}, 1)
}

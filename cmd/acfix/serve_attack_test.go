//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStrangersConnectionsFailNoRun: 300 idle connections from many addresses, opened again as soon as they are closed,
// while a run of sixty devices goes on in a process with few file descriptors.
func TestStrangersConnectionsFailNoRun(t *testing.T) {
	t.Parallel()
	model := mockdevice.FleetModel{Size: 60, Seed: 11, Latency: 10 * time.Millisecond}
	c := newCluster(t, "sqlite:"+t.TempDir()+"/runs.db", "5s", model, "parallel: 8", `batch: "100%"`)
	program, err := os.Executable()
	require.NoError(t, err)
	p := c.start("machine", exec.Command("sh", "-c", `ulimit -n 200; exec "$0" "$@"`, program,
		"serve", "--jobs", c.file("jobs.yaml"), "--listen", "127.0.0.1:0", "--store", c.url))
	c.until("it listens", func() bool { return listening.MatchString(p.output()) })
	address := listening.FindStringSubmatch(p.output())[1]
	stop := make(chan struct{})
	var strangers sync.WaitGroup
	for i := range 300 {
		strangers.Go(func() { pester(fmt.Sprintf("127.0.2.%d", 1+i%100), address, stop) })
	}
	asked := 0
	c.until("the run ends", func() bool {
		answer, err := http.Get("http://" + address + "/healthz")
		if err == nil {
			_ = answer.Body.Close()
			asked++
		}
		return c.isOver()
	})
	close(stop)
	strangers.Wait()
	assert.NotZero(t, asked, "probes are answered all the while")
	assert.False(t, strings.Contains(p.output(), "too many open files"), p.output())
	c.requireAllWell()
}

// pester keeps an idle connection open until stop, and opens it again when it is closed.
func pester(from, to string, stop <-chan struct{}) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Second}
	for {
		c, err := dialer.Dial("tcp", to)
		if err == nil {
			closed := make(chan struct{})
			go func() {
				_, _ = c.Read(make([]byte, 1))
				close(closed)
			}()
			select {
			case <-stop:
				_ = c.Close()
				return
			case <-closed:
				_ = c.Close()
			}
		}
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

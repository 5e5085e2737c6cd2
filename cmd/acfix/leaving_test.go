package main

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
)

// atRequest calls back once, at the first request to any device that begins with that method and path.
func (d *depot) atRequest(beginning string, call func()) {
	var once sync.Once
	for i := range d.fleet.Len() {
		d.device(i).OnRequest(func(_ int, request *http.Request) {
			if strings.HasPrefix(request.Method+" "+strings.TrimPrefix(request.URL.Path, "/api/v1"), beginning) {
				once.Do(call)
			}
		})
	}
}

// TestASecondInterruptLeavesAtOnce: acfix says so in one message with its hint, at every stage of a device.
func TestASecondInterruptLeavesAtOnce(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"GET /files/ini", "PUT /files/tls", "POST /actions/saveConfiguration"} {
		for _, format := range []string{"text", "json"} {
			d := newDepot(t, alike(2))
			abort, cancel := context.WithCancel(t.Context())
			d.app.abort = abort
			d.atRequest(at, func() { close(d.stop); cancel() })
			stdout := d.acfix(exitInterrupted, "apply", "--yes", "-i", d.inventory, "--parallel", "1", "-o", format)
			assert.Empty(t, stdout, at)
			// Both interrupts come at once: the answer to the first may come last.
			_, said, _ := strings.Cut(strings.ReplaceAll(d.stderr.String(), stopping+"\n", ""), "acfix: error: ")
			assert.Regexp(t, `^left at once: what is on the devices may be unsaved
acfix: hint:  resume this run: acfix apply --resume [0-9a-f]+\n$`, said, at)
			assert.NotContains(t, d.stderr.String(), "context canceled", at)

			d.app.abort, d.app.stop = t.Context(), make(chan struct{})
			_, command, _ := strings.Cut(said, "resume this run: acfix ")
			d.acfix(exitDone, append(strings.Fields(command), "--yes")...)
			for i := range d.fleet.Len() {
				d.requireRepaired(i)
			}
		}
	}
}

// TestARunThatCameToItsEnd although it was asked to stop has nothing to go on with.
func TestARunThatCameToItsEnd(t *testing.T) {
	t.Parallel()
	for devices, code := range map[int]int{1: exitDone, 2: exitInterrupted} {
		d := newDepot(t, alike(devices))
		d.atRequest("POST /actions/saveConfiguration", func() { close(d.stop) })
		d.acfix(code, "apply", "--yes", "-i", d.inventory, "--parallel", "1")
		assert.Equal(t, devices > 1, strings.Contains(d.stderr.String(), "--resume"), "%s", &d.stderr)
		d.app.stop = make(chan struct{})
		assert.Equal(t, devices == 1, strings.Contains(d.acfix(exitDone, "history"), "done"))
	}
}

// TestABackupThatIsStopped: it reports a device that it was reading in the words of a plan.
func TestABackupThatIsStopped(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(1))
	d.device(0).AddFault(mockdevice.Fault{Path: "/files/tls/0/trustedRoot", Do: mockdevice.Hang})
	d.atRequest("GET /files/tls/0/trustedRoot", func() { close(d.stop) })
	stdout := d.acfix(exitInterrupted, "backup", "-i", d.inventory)
	assert.Contains(t, stdout, "error: not read: stopped on request [interrupted]\n")
	assert.NotContains(t, stdout, "canceled")
}

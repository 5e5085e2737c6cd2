package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const tableHead = "| task | devices | latency | at a time | tool | wall s | × bare | CPU s | × bare | peak MiB | " +
	"requests/device | rounds/device | handshakes/device |\n" +
	"|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"

// toolNames maps the tools to their names in the table.
var toolNames = map[string]string{
	"bare": "bare loop", "acfix": "acfix", "curl": "xargs + curl", "ansible": "Ansible uri",
}

func row(r, bare result) string {
	n := float64(r.devices)
	return fmt.Sprintf("| %s | %d | %s | %d | %s | %.2f | %.2f | %.2f | %.2f | %.0f | %.1f | %.1f | %.2f |\n",
		r.task, r.devices, milliseconds(r.latency), r.parallel, toolNames[r.tool],
		r.cost.wall.Seconds(), ratio(r.cost.wall, bare.cost.wall), r.cost.cpu.Seconds(), ratio(r.cost.cpu,
			bare.cost.cpu),
		mebibytes(r.cost.peak), float64(r.total.Requests)/n, float64(r.total.Rounds)/n, float64(r.total.Handshakes)/n)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// heading says what was measured and on which machine.
func (b *bencher) heading(ctx context.Context) error {
	empty, err := measure(ctx, exec.CommandContext(ctx, "true"))
	if err != nil {
		return err
	}
	version, err := exec.CommandContext(ctx, b.acfix, "version").Output()
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(version), "\n")
	fmt.Fprintf(b.stdout, `# Benchmarks

%s; %s; %s.

All programs run on the same machine as the simulated devices, which take a share of the
processors. Every device is of preset %s with an INI file of %d KiB; the latency is added
to every answer (not to TCP's and TLS's own exchanges). CPU is user and system time of the
program and its children; the peak is the resident memory of the largest of its processes
(what is below %.0f MiB can't be told apart). acfix and the bare loop: median of %d, one run
where there are more than %d devices; the others: one run.

The bare loop sends the least that does the task (plan: %s; apply: %s; least.go
says what each is for) with Go's own HTTP client, on one connection for each device, checks the
pin, and forgets the answers; for apply it writes a synced backup of what was read before the
first write. Rounds are how often a tool waited for an answer before it asked for more. The script sends
the same by one curl for each request, without checking a certificate. acfix applies
in one wave.
`, machine(), runtime.Version(), first, b.preset, b.iniKiB, mebibytes(empty.peak), b.runs, b.devices,
		summary(b.requests["plan"]), summary(b.requests["apply"]))
	if !b.knows(ctx, "--parallel") {
		fmt.Fprintln(b.stdout,
			"\nThis acfix has no --parallel: it takes one device after the other, whatever the table says.")
	}
	return nil
}

func summary(requests []request) string {
	if requests == nil {
		return "not measured"
	}
	writes := 0
	for _, q := range requests {
		if q.Method != "GET" {
			writes++
		}
	}
	return fmt.Sprintf("%d requests, %d of them writes", len(requests), writes)
}

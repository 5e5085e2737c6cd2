package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const tableHead = "| task | devices | latency | at a time | tool | wall s | × least | CPU s | × least | peak MiB | " +
	"requests/device | rounds/device | handshakes/device |\n" +
	"|---|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|\n"

// toolNames maps the tools to their names in the table.
var toolNames = map[string]string{
	"bare": "least", "acfix": "acfix", "curl": "xargs + curl", "ansible": "Ansible uri",
}

func row(r, bare result) string {
	n := float64(r.devices)
	return fmt.Sprintf("| %s | %d | %s | %d | %s | %.2f | %.2f | %.2f | %.2f | %.0f | %.1f | %.1f | %.2f |\n",
		r.task, r.devices, milliseconds(r.latency), r.parallel, toolNames[r.tool],
		r.cost.wall.Seconds(), ratio(r.cost.wall, bare.cost.wall), r.cost.cpu.Seconds(), ratio(r.cost.cpu,
			bare.cost.cpu),
		mebibytes(r.cost.peak), float64(r.total.Requests)/n, float64(r.total.Rounds)/n,
		float64(r.total.Handshakes)/n)
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }

func ratio(a, b time.Duration) float64 { return a.Seconds() / b.Seconds() }

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// heading says what was measured and on which machine, and lists the yardstick's requests.
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
	fmt.Fprintf(b.stdout, `## What was measured

%s; %s; %s; %s. INI files of %d KiB, medians of %d. Peaks below %.0f MiB can't be told apart.
`, b.today, machine(), runtime.Version(), first, b.iniKiB, b.runs, mebibytes(empty.peak))
	for _, task := range b.tasks {
		fmt.Fprintf(b.stdout, "\nThe least for one %s:\n\n| | request | why |\n|--:|---|---|\n%s", task, leastTable(task))
	}
	if !b.knows(ctx, "--parallel") {
		fmt.Fprintln(b.stdout,
			"\nThis acfix has no --parallel: it takes one device after the other, whatever the table says.")
	}
	return nil
}

func leastTable(task string) string {
	var lines strings.Builder
	for i, s := range leastWork[task] {
		fmt.Fprintf(&lines, "| %d | `%s %s` | %s |\n", i+1, s.method, strings.TrimPrefix(s.path, "/api/v1"), s.reason)
	}
	return lines.String()
}

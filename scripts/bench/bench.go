package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"
)

// bencher runs one measurement at a time.
type bencher struct {
	options
	folder   string
	requests map[string][]request // by task
	stdout   io.Writer
	stderr   io.Writer
}

func bench(ctx context.Context, o options, stdout, stderr io.Writer) (err error) {
	debug.SetGCPercent(20) // a child's peak starts with this process's memory
	folder, err := os.MkdirTemp(o.dir, "acfix-bench-*")
	if err != nil {
		return err
	}
	defer func() {
		if removed := os.RemoveAll(folder); err == nil {
			err = removed
		}
	}()
	b := &bencher{options: o, folder: folder, requests: map[string][]request{}, stdout: stdout, stderr: stderr}
	for _, task := range o.tasks {
		if err := b.record(ctx, task); err != nil {
			return err
		}
	}
	for _, part := range []func(context.Context) error{b.heading, b.comparison, b.ansible, b.growing, b.startUp} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// record finds out which requests acfix sends to one device for a task.
func (b *bencher) record(ctx context.Context, task string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	arguments := append([]string{"record", "-preset", b.preset, "-out", b.recorded(task), "--", b.acfix},
		taskArguments(task)...)
	command := exec.CommandContext(ctx, self, append(arguments, "URL", "--pin", "PIN")...)
	command.Env = environment(filepath.Join(b.folder, "record-"+task))
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("record %s: %w\n%s", task, err, output)
	}
	sent, err := readRequests(b.recorded(task))
	if err != nil {
		return err
	}
	if b.requests[task], err = leastOf(task, sent); err != nil {
		return err
	}
	return writeRequests(b.recorded(task), b.requests[task])
}

func (b *bencher) recorded(task string) string { return filepath.Join(b.folder, task+".json") }

// result is a row of a table.
type result struct {
	task, tool        string
	devices, parallel int
	latency           time.Duration
	cost              cost
	total             total
}

// measured runs a tool as often as required and checks that it did its work.
func (b *bencher) measured(ctx context.Context, tool, task string, f *fleet, latency time.Duration,
	parallel int) (result, error) {
	runs := b.runs
	if tool == "curl" || tool == "ansible" || f.devices > b.devices {
		runs = 1 // they run long, and variations average out
	}
	r := result{task: task, tool: tool, devices: f.devices, parallel: parallel, latency: latency}
	fmt.Fprintf(b.stderr, "%s: %s, %d devices, %s, %d at a time\n", tool, task, f.devices, latency, parallel)
	var err error
	r.cost, err = median(runs, func() (cost, error) {
		spent, counts, err := b.runOnce(ctx, tool, task, f, parallel)
		r.total = counts
		return spent, err
	})
	return r, err
}

func (b *bencher) runOnce(ctx context.Context, tool, task string, f *fleet, parallel int) (cost, total, error) {
	if err := f.reset(ctx); err != nil {
		return cost{}, total{}, err
	}
	folder, err := os.MkdirTemp(b.folder, tool+"-*")
	if err != nil {
		return cost{}, total{}, err
	}
	defer os.RemoveAll(folder)
	command, err := b.command(ctx, tool, job{task: task, fleet: f, parallel: parallel, folder: folder,
		requests: b.requests[task], recorded: b.recorded(task)})
	if err != nil {
		return cost{}, total{}, err
	}
	spent, err := measure(ctx, command)
	if err != nil {
		return cost{}, total{}, err
	}
	counts, err := f.counts(ctx)
	if err == nil {
		err = b.complete(task, f.devices, counts)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", tool, task, err)
	}
	return spent, counts, err
}

// complete returns an error unless every device was served: a tool that is fast because it gave up is not fast.
func (b *bencher) complete(task string, devices int, counts total) error {
	writes := 0
	for _, q := range b.requests[task] {
		if q.Method != "GET" {
			writes++
		}
	}
	switch {
	case counts.Done != writes*devices || counts.Writes != counts.Done:
		return fmt.Errorf("%d writes, %d carried out, instead of %d", counts.Writes, counts.Done, writes*devices)
	case counts.Overlap != 0:
		return fmt.Errorf("%d overlapping writers", counts.Overlap)
	case counts.Requests < devices:
		return fmt.Errorf("%d requests to %d devices", counts.Requests, devices)
	}
	return nil
}

// comparison prints the large table.
func (b *bencher) comparison(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(tool string) bool { return tool == "ansible" })
	fmt.Fprintf(b.stdout, "\n## %d devices\n\n%s", b.devices, tableHead)
	for _, latency := range b.latencies {
		if err := b.rows(ctx, b.tasks, tools, b.devices, latency, b.parallel); err != nil {
			return err
		}
	}
	return nil
}

// ansible measures few devices, and the bare loop on as many. It only reads: an apply repeats the same.
func (b *bencher) ansible(ctx context.Context) error {
	if !slices.Contains(b.tools, "ansible") || !slices.Contains(b.tasks, "plan") {
		return nil
	}
	fmt.Fprintf(b.stdout, "\n## Ansible, %d devices\n\n", b.ansibleDevices)
	if _, err := exec.LookPath("ansible-playbook"); err != nil {
		fmt.Fprintln(b.stdout, "Not measured: there is no ansible-playbook (Debian: ansible-core).")
		return nil
	}
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(tool string) bool { return tool == "curl" })
	fmt.Fprint(b.stdout, tableHead)
	return b.rows(ctx, []string{"plan"}, tools, b.ansibleDevices, slices.Max(b.latencies), b.parallel)
}

// growing measures the same task on more and more devices.
func (b *bencher) growing(ctx context.Context) error {
	if len(b.growth) == 0 {
		return nil
	}
	tools := slices.DeleteFunc(slices.Clone(b.tools),
		func(tool string) bool { return tool == "curl" || tool == "ansible" })
	fmt.Fprintf(b.stdout, "\n## Growth\n\n%s", tableHead)
	for _, devices := range b.growth {
		if err := b.rows(ctx, b.tasks, tools, devices, slices.Max(b.latencies), b.parallel[:1]); err != nil {
			return err
		}
	}
	return nil
}

// rows measures and prints; the bare loop comes first, as the reference.
func (b *bencher) rows(ctx context.Context, tasks, tools []string, devices int, latency time.Duration,
	parallel []int) (err error) {
	f, err := startFleet(ctx, b.options, b.folder, devices, latency)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := f.stop(); err == nil {
			err = stopped
		}
	}()
	for _, task := range tasks {
		for _, n := range parallel {
			var bare result
			for _, tool := range allTools {
				if !slices.Contains(tools, tool) {
					continue
				}
				r, err := b.measured(ctx, tool, task, f, latency, n)
				if err != nil {
					return err
				}
				if tool == "bare" {
					bare = r
				}
				fmt.Fprint(b.stdout, row(r, bare))
			}
		}
	}
	return nil
}

// startUpRuns is how often startup is measured.
const startUpRuns = 21

func (b *bencher) startUp(ctx context.Context) error {
	if !slices.Contains(b.tools, "acfix") {
		return nil
	}
	took, err := median(startUpRuns, func() (cost,
		error) {
		return measure(ctx, exec.CommandContext(ctx, b.acfix, "version"))
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(b.stdout,
		"\n## Start\n\n`acfix version`: %.1f ms wall, %.1f ms CPU, %.0f MiB at most (median of %d).\n",
		took.wall.Seconds()*1e3, took.cpu.Seconds()*1e3, mebibytes(took.peak), startUpRuns)
	return nil
}

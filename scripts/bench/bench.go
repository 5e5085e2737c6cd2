package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/acfix/acfix/mockdevice"
)

// bencher runs one measurement at a time.
type bencher struct {
	options
	folder   string
	requests map[string][]request // of the yardstick, by task
	figures  map[figure]float64
	stdout   io.Writer
	stderr   io.Writer
}

// errBeyond means that a ratio is beyond its aim.
var errBeyond = errors.New("a ratio is beyond its aim")

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
	var written bytes.Buffer
	b := &bencher{options: o, folder: folder, requests: map[string][]request{}, figures: map[figure]float64{},
		stdout: io.MultiWriter(stdout, &written), stderr: stderr}
	if err := b.prepare(); err != nil {
		return err
	}
	for _, part := range b.sections() {
		if err := part(ctx); err != nil {
			return err
		}
	}
	verdict := b.compare()
	if o.document != "" {
		if err := writeDocument(o.document, written.String()); err != nil {
			return err
		}
	}
	if o.check {
		return verdict
	}
	return nil
}

// sections returns what to measure, in the order of the document.
func (b *bencher) sections() []func(context.Context) error {
	all := map[string]func(context.Context) error{
		"comparison": b.comparison, "p384": b.p384, "postgres": b.postgres, "growth": b.growing, "ansible": b.ansible,
		"start": b.startUp,
	}
	chosen := []func(context.Context) error{b.heading}
	for _, name := range allParts {
		if slices.Contains(b.parts, name) {
			chosen = append(chosen, all[name])
		}
	}
	return chosen
}

func (b *bencher) prepare() error {
	for _, task := range b.tasks {
		var err error
		if b.requests[task], err = leastRequests(task); err != nil {
			return err
		}
		if err := writeRequests(b.file(task), b.requests[task]); err != nil {
			return err
		}
	}
	return nil
}

func (b *bencher) file(task string) string { return filepath.Join(b.folder, task+".json") }

// result is a row of a table.
type result struct {
	task, tool        string
	devices, parallel int
	latency           time.Duration
	cost              cost
	total             total
}

// measured runs tools in turn as often as required, and checks that they did their work. Tools that take turns suffer
// alike from whatever else the machine does.
func (b *bencher) measured(ctx context.Context, tools []string, task string, f *fleet, latency time.Duration,
	parallel int) ([]result, error) {
	costs := map[string][]cost{}
	totals := map[string]total{}
	for turn := range b.runs {
		for _, tool := range tools {
			if turn > 0 && b.once(tool, f.devices) {
				continue
			}
			fmt.Fprintf(b.stderr, "%s: %s, %d devices, %s, %d at a time\n", tool, task, f.devices, latency, parallel)
			spent, counts, err := b.runOnce(ctx, tool, task, f, parallel)
			if err != nil {
				return nil, err
			}
			costs[tool], totals[tool] = append(costs[tool], spent), counts
		}
	}
	var results []result
	for _, tool := range tools {
		results = append(results, result{task: task, tool: tool, devices: f.devices, parallel: parallel,
			latency: latency, cost: median(costs[tool]), total: totals[tool]})
	}
	return results, nil
}

// once reports whether one run is enough: it takes long, and variations average out.
func (b *bencher) once(tool string, devices int) bool {
	return tool == "curl" || tool == "ansible" || devices > b.devices
}

func (b *bencher) runOnce(ctx context.Context, tool, task string, f *fleet, parallel int) (cost, total, error) {
	if err := f.reset(ctx); err != nil {
		return cost{}, total{}, err
	}
	folder, err := os.MkdirTemp(b.folder, tool+"-*")
	if err != nil {
		return cost{}, total{}, err
	}
	command, err := b.command(ctx, tool, job{task: task, fleet: f, parallel: parallel, folder: folder,
		requests: b.requests[task], file: b.file(task)})
	if err != nil {
		return cost{}, total{}, err
	}
	spent, err := measure(ctx, command)
	if err != nil {
		return cost{}, total{}, err
	}
	counts, err := f.counts(ctx)
	if err == nil {
		err = complete(task, f.devices, counts)
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", tool, task, err)
	}
	return spent, counts, err
}

// complete returns an error unless every device was served: a tool that is fast because it gave up is not fast.
func complete(task string, devices int, counts total) error {
	wanted := writes(task) * devices
	switch {
	case counts.Done != wanted || counts.Writes != counts.Done || counts.Needless != 0:
		return fmt.Errorf("%d writes, %d carried out, %d needless, instead of %d", counts.Writes, counts.Done,
			counts.Needless, wanted)
	case counts.Overlap != 0:
		return fmt.Errorf("%d overlapping writers", counts.Overlap)
	case counts.Requests < devices:
		return fmt.Errorf("%d requests to %d devices", counts.Requests, devices)
	}
	return nil
}

// comparison prints the large table.
func (b *bencher) comparison(ctx context.Context) error {
	fmt.Fprintf(b.stdout, "\n## acfix against the least, %d devices\n\n%s", b.devices, tableHead)
	for _, latency := range b.latencies {
		s := series{tasks: b.tasks, tools: b.without("ansible"), devices: b.devices, latency: latency,
			parallel: b.parallel, algorithm: mockdevice.IdentityRSA}
		if latency == slices.Max(b.latencies) {
			s.aimed = "comparison"
		}
		if err := b.rows(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// p384 measures plans of devices with costly certificates.
func (b *bencher) p384(ctx context.Context) error {
	if !slices.Contains(b.tasks, "plan") {
		return nil
	}
	fmt.Fprintf(b.stdout, "\n## P-384 certificates, %d devices\n\n%s", b.devices, tableHead)
	return b.rows(ctx, series{tasks: []string{"plan"}, tools: b.without("ansible", "curl"), devices: b.devices,
		latency: slices.Max(b.latencies), parallel: b.parallel[:1], algorithm: mockdevice.IdentityP384, aimed: "p384"})
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
	fmt.Fprint(b.stdout, tableHead)
	return b.rows(ctx, series{tasks: []string{"plan"}, tools: b.without("curl"), devices: b.ansibleDevices,
		latency: slices.Max(b.latencies), parallel: b.parallel, algorithm: mockdevice.IdentityRSA})
}

// growing measures the same task on more and more devices.
func (b *bencher) growing(ctx context.Context) error {
	if len(b.growth) == 0 {
		return nil
	}
	fmt.Fprintf(b.stdout, "\n## Growth\n\n%s", tableHead)
	for _, devices := range b.growth {
		if err := b.rows(ctx, series{tasks: b.tasks, tools: b.without("curl", "ansible"), devices: devices,
			latency: slices.Max(b.latencies), parallel: b.parallel[:1], algorithm: mockdevice.IdentityRSA}); err != nil {
			return err
		}
	}
	return nil
}

func (b *bencher) without(tools ...string) []string {
	return slices.DeleteFunc(slices.Clone(b.tools), func(tool string) bool { return slices.Contains(tools, tool) })
}

// series is measurements on one fleet.
type series struct {
	tasks, tools []string
	devices      int
	latency      time.Duration
	parallel     []int
	algorithm    string // of the devices' certificates
	aimed        string // the part of the aims that this is for, or ""
}

// rows measures and prints; the bare loop comes first, as the reference.
func (b *bencher) rows(ctx context.Context, s series) (err error) {
	f, err := b.startFleet(ctx, s.devices, s.latency, s.algorithm)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := f.stop(); err == nil {
			err = stopped
		}
	}()
	tools := slices.DeleteFunc(slices.Clone(allTools), func(tool string) bool { return !slices.Contains(s.tools, tool) })
	for _, task := range s.tasks {
		for _, n := range s.parallel {
			results, err := b.measured(ctx, tools, task, f, s.latency, n)
			if err != nil {
				return err
			}
			for _, r := range results {
				fmt.Fprint(b.stdout, row(r, results[0]))
				b.note(s.aimed, r, results[0])
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
	var costs []cost
	for range startUpRuns {
		spent, err := measure(ctx, exec.CommandContext(ctx, b.acfix, "version"))
		if err != nil {
			return err
		}
		costs = append(costs, spent)
	}
	took := median(costs)
	fmt.Fprintf(b.stdout,
		"\n## Start\n\n`acfix version`: %.1f ms wall, %.1f ms CPU, %.0f MiB at most (median of %d).\n",
		took.wall.Seconds()*1e3, took.cpu.Seconds()*1e3, mebibytes(took.peak), startUpRuns)
	return nil
}

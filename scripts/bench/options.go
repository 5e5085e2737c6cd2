package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options say what is measured.
type options struct {
	acfix, mockdevice string
	iniKiB            int
	devices           int
	ansibleDevices    int
	growth            []int
	parallel          []int
	latencies         []time.Duration
	tasks, tools      []string
	parts             []string
	postgresDevices   int
	postgresServer    string
	runs              int
	dir               string
	check             bool
	document          string // whose measured part is replaced, or ""
	today             string
}

// The tasks and the tools, in the order of the table.
var (
	allTasks = []string{"plan", "apply"}
	allTools = []string{"bare", "acfix", "curl", "ansible"}
	allParts = []string{"comparison", "p384", "postgres", "growth", "ansible", "start"}
)

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var quick bool
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	bin := flags.String("bin", "bin", "`folder` of the programs acfix and mockdevice")
	flags.IntVar(&o.iniKiB, "ini-size", 60, "size of each configuration in `KiB`")
	flags.IntVar(&o.devices, "devices", 1000, "`number` of devices")
	flags.IntVar(&o.ansibleDevices, "ansible-devices", 100,
		"`number` of devices for Ansible, and for what it is compared with")
	flags.IntVar(&o.postgresDevices, "postgres-devices", 300, "`number` of devices for PostgreSQL with workers")
	flags.StringVar(&o.postgresServer, "postgres-server", "scripts/postgres-server",
		"`script` that makes, starts and stops a private PostgreSQL server")
	flags.IntVar(&o.runs, "runs", 5, "`number` of runs of acfix and of the least; their medians count")
	flags.StringVar(&o.dir, "dir", "", "`folder` for backups and other files of the run; default: a temporary one")
	flags.BoolVar(&quick, "quick", false, "one run each, 32 at a time, no growth, no Ansible, -devices with PostgreSQL")
	flags.BoolVar(&o.check, "check", false,
		"measure only what there are aims for, and exit with 1 if a ratio is beyond its aim")
	flags.StringVar(&o.document, "write", "", "replace the measured part of this `file`, docs/benchmarks.md")
	parts := flags.String("parts", strings.Join(allParts, ","), "`list` of parts to measure")
	growth := flags.String("growth", "100,1000,10000", "`numbers` of devices for the table of growth; \"\" for none")
	parallel := flags.String("parallel", "32,128", "`numbers` of devices at a time")
	latency := flags.String("latency", "0s,20ms", "`times` that every answer takes longer")
	tasks := flags.String("tasks", strings.Join(allTasks, ","), "`list` of tasks")
	tools := flags.String("tools", strings.Join(allTools, ","), "`list` of tools")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	preferred := func(mode bool, name string, list *string, value string) {
		if mode && !given[name] {
			*list = value
		}
	}
	preferred(o.check, "tools", tools, "bare,acfix")
	preferred(o.check, "latency", latency, "20ms")
	preferred(o.check, "parts", parts, "comparison,p384,postgres")
	preferred(quick, "growth", growth, "")
	preferred(quick, "parallel", parallel, "32")
	preferred(quick && !o.check, "tools", tools, "bare,acfix,curl")
	if quick && !given["runs"] {
		o.runs = 1
	}
	if quick && !given["postgres-devices"] {
		o.postgresDevices = o.devices
	}
	o.today, o.parts = time.Now().Format(time.DateOnly), words(*parts)
	o.acfix, o.mockdevice = filepath.Join(*bin, "acfix"), filepath.Join(*bin, "mockdevice")
	o.tasks, o.tools = words(*tasks), words(*tools)
	var errs [3]error
	o.growth, errs[0] = list(*growth, strconv.Atoi)
	o.parallel, errs[1] = list(*parallel, strconv.Atoi)
	o.latencies, errs[2] = list(*latency, time.ParseDuration)
	return o, errors.Join(append(errs[:], o.fits(flags.Args()))...)
}

func (o options) fits(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.devices < 1 || o.ansibleDevices < 1 || o.postgresDevices < 1 || o.runs < 1 ||
		slices.ContainsFunc(slices.Concat(o.parallel, o.growth), func(n int) bool { return n < 1 }):
		return errors.New("numbers begin at 1")
	case len(o.parallel) == 0 || len(o.latencies) == 0:
		return errors.New("give at least one -parallel and one -latency")
	case !within(o.parts, allParts):
		return fmt.Errorf("parts are %s", strings.Join(allParts, ", "))
	case !within(o.tasks, allTasks) || !within(o.tools, allTools):
		return fmt.Errorf("tasks are %s, tools are %s", strings.Join(allTasks, ", "), strings.Join(allTools, ", "))
	case !slices.Contains(o.tools, "bare"):
		return errors.New("the bare loop, which does the least, is what all else is compared with: it can't be left out")
	}
	return nil
}

func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

func list[T any](text string, parse func(string) (T, error)) ([]T, error) {
	var values []T
	for _, word := range words(text) {
		value, err := parse(word)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", word, err)
		}
		values = append(values, value)
	}
	return values, nil
}

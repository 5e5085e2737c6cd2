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
	preset            string
	iniKiB            int
	devices           int
	ansibleDevices    int
	growth            []int
	parallel          []int
	latencies         []time.Duration
	tasks, tools      []string
	runs              int
	dir               string
}

// The tasks and the tools, in the order of the table.
var (
	allTasks = []string{"plan", "apply"}
	allTools = []string{"bare", "acfix", "curl", "ansible"}
)

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	var quick bool
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	bin := flags.String("bin", "bin", "`folder` of the programs acfix and mockdevice")
	flags.StringVar(&o.preset, "preset", "7.4.500", "`name` of the simulated device")
	flags.IntVar(&o.iniKiB, "ini-size", 60, "size of each configuration in `KiB`")
	flags.IntVar(&o.devices, "devices", 1000, "`number` of devices")
	flags.IntVar(&o.ansibleDevices, "ansible-devices", 100,
		"`number` of devices for Ansible, and for what it is compared with")
	flags.IntVar(&o.runs, "runs", 3,
		"`number` of runs of acfix and of the bare loop; the one of median wall time counts")
	flags.StringVar(&o.dir, "dir", "", "`folder` for backups and other files of the run; default: a temporary one")
	flags.BoolVar(&quick, "quick", false, "one run each, 32 at a time, no growth, no Ansible")
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
	preferred := func(name string, list *string, value string) {
		if quick && !given[name] {
			*list = value
		}
	}
	preferred("growth", growth, "")
	preferred("parallel", parallel, "32")
	preferred("tools", tools, "bare,acfix,curl")
	if quick && !given["runs"] {
		o.runs = 1
	}
	o.acfix, o.mockdevice = filepath.Join(*bin, "acfix"), filepath.Join(*bin, "mockdevice")
	o.tasks, o.tools = words(*tasks), words(*tools)
	var errs [3]error
	o.growth, errs[0] = list(*growth, strconv.Atoi)
	o.parallel, errs[1] = list(*parallel, strconv.Atoi)
	o.latencies, errs[2] = list(*latency, time.ParseDuration)
	return o, errors.Join(append(errs[:], o.check(flags.Args()))...)
}

func (o options) check(rest []string) error {
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q", rest[0])
	case o.devices < 1 || o.ansibleDevices < 1 || o.runs < 1 ||
		slices.ContainsFunc(slices.Concat(o.parallel, o.growth), func(n int) bool { return n < 1 }):
		return errors.New("numbers begin at 1")
	case !within(o.tasks, allTasks) || !within(o.tools, allTools):
		return fmt.Errorf("tasks are %s, tools are %s", strings.Join(allTasks, ", "), strings.Join(allTools, ", "))
	case !slices.Contains(o.tools, "bare"):
		return errors.New("the bare loop is what all else is compared with: it can't be left out")
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

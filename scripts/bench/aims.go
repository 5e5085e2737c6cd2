package main

import (
	"errors"
	"fmt"
	"strings"
)

// figure names a measured number that an aim is about.
type figure struct {
	part     string // comparison, p384 or postgres
	task     string
	parallel int // devices at a time; 0 with PostgreSQL
	workers  int // with PostgreSQL
	quantity string
}

// The quantities.
const (
	wall         = "wall"         // as a ratio to the least
	cpu          = "CPU"          // as a ratio to the least
	peak         = "peak"         // MiB
	speed        = "speed"        // as a ratio to one process with SQLite
	transactions = "transactions" // for each device
)

// aim is a bound for a figure. An absolute one depends on what is measured on, and -check only shows it.
type aim struct {
	figure
	least, most float64 // 0 for none
	absolute    bool
	devices     int // that it holds for, 0 for any number
}

// aims hold at 20 ms for each answer, programs and devices on two cores.
var aims = []aim{
	{figure: figure{"comparison", "plan", 32, 0, wall}, most: 1.10},
	{figure: figure{"comparison", "plan", 128, 0, wall}, most: 1.25},
	{figure: figure{"comparison", "plan", 32, 0, cpu}, most: 1.5},
	{figure: figure{"comparison", "plan", 128, 0, cpu}, most: 1.5},
	{figure: figure{"p384", "plan", 32, 0, cpu}, most: 1.7},
	{figure: figure{"comparison", "apply", 32, 0, wall}, most: 1.35},
	{figure: figure{"comparison", "apply", 128, 0, wall}, most: 1.7},
	{figure: figure{"comparison", "apply", 32, 0, cpu}, most: 2.0},
	{figure: figure{"comparison", "apply", 128, 0, cpu}, most: 2.0},
	{figure: figure{"comparison", "plan", 32, 0, peak}, most: 48, absolute: true, devices: 1000},
	{figure: figure{"comparison", "apply", 32, 0, peak}, most: 56, absolute: true, devices: 1000},
	{figure: figure{"postgres", "plan", 0, 1, speed}, least: 0.7},
	{figure: figure{"postgres", "plan", 0, 3, speed}, least: 1.0},
	{figure: figure{"postgres", "apply", 0, 1, speed}, least: 0.7},
	{figure: figure{"postgres", "apply", 0, 3, speed}, least: 1.0},
	{figure: figure{"postgres", "plan + apply", 0, 1, transactions}, most: 15, absolute: true},
	{figure: figure{"postgres", "plan + apply", 0, 3, transactions}, most: 15, absolute: true},
}

func (f figure) String() string {
	words := f.task
	switch {
	case f.workers == 1:
		words += ", PostgreSQL and 1 worker"
	case f.workers > 1:
		words += fmt.Sprintf(", PostgreSQL and %d workers", f.workers)
	default:
		words += fmt.Sprintf(", %d at a time", f.parallel)
	}
	if f.part == "p384" {
		words += ", P-384"
	}
	return words + ": " + map[string]string{
		wall: "wall × the least", cpu: "CPU × the least", peak: "peak MiB", speed: "speed × one process with SQLite",
		transactions: "transactions per device",
	}[f.quantity]
}

func (a aim) String() string {
	if a.least != 0 {
		return fmt.Sprintf("≥ %.2f", a.least)
	}
	if a.absolute {
		return fmt.Sprintf("≤ %.0f", a.most)
	}
	return fmt.Sprintf("≤ %.2f", a.most)
}

// met compares as precisely as the tables show.
func (a aim) met(value float64) bool {
	rounded := fmt.Sprintf("%.2f", value)
	fmt.Sscan(rounded, &value)
	return value >= a.least && (a.most == 0 || value <= a.most)
}

// note keeps what the aims are about.
func (b *bencher) note(part string, r, bare result) {
	if part == "" || r.tool != "acfix" {
		return
	}
	f := figure{part: part, task: r.task, parallel: r.parallel}
	for quantity, value := range map[string]float64{
		wall: ratio(r.cost.wall, bare.cost.wall), cpu: ratio(r.cost.cpu, bare.cost.cpu), peak: mebibytes(r.cost.peak),
	} {
		f.quantity = quantity
		b.figures[f] = value
	}
}

// compare prints the aims with what was measured. It returns an error if a ratio is beyond its aim, or none was
// measured.
func (b *bencher) compare() error {
	var lines strings.Builder
	ratios, beyond := 0, 0
	for _, a := range aims {
		value, measured := b.figures[a.figure]
		if !measured || (a.devices != 0 && a.devices != b.devices) {
			fmt.Fprintf(&lines, "| %s | %s | not measured | |\n", a.figure, a)
			continue
		}
		verdict := "ok"
		if !a.met(value) {
			verdict = "**not met**"
		}
		if a.absolute {
			verdict += ", not a ratio"
		} else {
			ratios++
			if !a.met(value) {
				beyond++
			}
		}
		fmt.Fprintf(&lines, "| %s | %s | %.2f | %s |\n", a.figure, a, value, verdict)
	}
	fmt.Fprintf(b.stdout, "\n## The aims\n\n| | aim | measured | |\n|---|--:|--:|---|\n%s", lines.String())
	switch {
	case ratios == 0:
		return errors.New("no ratio that an aim is about was measured")
	case beyond > 0:
		return fmt.Errorf("%w: %d of %d measured", errBeyond, beyond, ratios)
	}
	return nil
}

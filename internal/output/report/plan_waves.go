package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/columns"
)

// mostOfWave is how many devices of a wave are named.
const mostOfWave = 50

// waves are the waves of a run, and the devices of each that are to be written to.
type waves struct {
	last int // number of the last wave that a device is in
	of   map[int]*wave
}

type wave struct {
	devices, written int
	names            []string // of those written to
}

func (w *waves) several() bool { return w.last > 1 }

func (w *waves) count(e Shown) {
	if w.of == nil {
		w.of = map[int]*wave{}
	}
	one := w.of[e.Wave]
	if one == nil {
		one = &wave{}
		w.of[e.Wave] = one
	}
	w.last = max(w.last, e.Wave)
	one.devices++
	if e.Grade != gradePending {
		return
	}
	one.written++
	if len(one.names) < mostOfWave {
		one.names = append(one.names, foreign.Clean(e.Target))
	}
}

// waves says who is written to in which wave; nothing where there is one.
func (p *printer) waves(all waves) {
	if !all.several() {
		return
	}
	p.text.WriteString("\n" + p.style.paint(bold, "Waves") + "\n")
	for _, number := range slices.Sorted(maps.Keys(all.of)) {
		one := all.of[number]
		if number == 0 { // not known
			continue
		}
		p.line("  %d of %d: %s, to be written to %d", number, all.last, count(one.devices, "device"), one.written)
		names := strings.Join(one.names, ", ")
		if more := one.written - len(one.names); more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		for _, line := range columns.Fold(names, p.style.width()-len("         ")) {
			p.text.WriteString("         " + line + "\n")
		}
	}
}

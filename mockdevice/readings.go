package mockdevice

import (
	"slices"
	"strings"
)

// past is what outdated readings show.
type past struct {
	before *state        // RAM before its last change, nil if there was none
	needed bool          // saveNeeded before the last change or save
	flags  [flagLag]bool // saveNeeded at the last readings of /status, oldest first
	blur   Blur          // readings that are still wrong
}

// shownINI returns the state that a download of the INI file shows. The lock is held.
func (d *Device) shownINI(c call) *state {
	left := &d.past.blur
	switch {
	case c.struck(Stale) || spend(&left.StaleINIs):
		return d.stale()
	case c.struck(Short):
		return d.ram.withoutRows(c.fault.Table, max(1, c.fault.Missing))
	case spend(&left.ShortINIs):
		return d.ram.withoutRows("", 1)
	}
	return d.ram
}

// shownStore returns the state that a reading of a trust store shows. The lock is held.
func (d *Device) shownStore(c call, context int) *state {
	left := &d.past.blur
	switch {
	case c.struck(Stale) || spend(&left.StaleStores):
		return d.stale()
	case c.struck(Short):
		return d.ram.withoutRoots(context, max(1, c.fault.Missing))
	case spend(&left.ShortStores):
		return d.ram.withoutRoots(context, 1)
	}
	return d.ram
}

// shownFlag returns the saveNeeded that /status shows. The lock is held.
func (d *Device) shownFlag(c call) bool {
	now := d.flagged()
	if c.struck(Stale) {
		return d.past.needed
	}
	if d.model.Dialect.SaveFlag != SaveFlagCached {
		return now
	}
	shown := d.past.flags[0]
	copy(d.past.flags[:], d.past.flags[1:])
	d.past.flags[flagLag-1] = now
	return shown
}

func (d *Device) stale() *state {
	if d.past.before == nil {
		return d.ram
	}
	return d.past.before
}

func (c call) struck(action Action) bool { return c.fault != nil && c.fault.Do == action }

// spend decrements a counter, and reports whether it was above zero.
func spend(left *int) bool {
	if *left == 0 {
		return false
	}
	*left--
	return true
}

// withoutRows returns a copy without the last rows of a table, or of every table if the name is "".
func (s *state) withoutRows(table string, missing int) *state {
	c := s.clone()
	for i := range c.tables {
		if t := &c.tables[i]; table == "" || strings.EqualFold(t.Name, table) {
			t.Rows = slices.Clip(t.Rows[:max(0, len(t.Rows)-missing)])
		}
	}
	return c
}

// withoutRoots returns a copy without the last roots of a store.
func (s *state) withoutRoots(context, missing int) *state {
	c := s.clone()
	roots := c.stores[context]
	c.stores[context] = slices.Clip(roots[:max(0, len(roots)-missing)])
	return c
}

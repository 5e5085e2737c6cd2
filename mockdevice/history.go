package mockdevice

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// History is what happened to a device since [Device.Record], in order. Its first event is [EventStart].
type History []Event

// Event is something that happened to a device.
type Event struct {
	Kind EventKind
	By   Author
	// Request is the number of the request that caused the event, as in [Request.Number], with its Method and Path;
	// all are empty unless By is ByClient. Deferred work names the request that asked for it.
	Request      int
	Method, Path string
	// Arrived is how many requests had arrived by then. An edit from within [Device.OnRequest] has
	// the number of the request about to be handled.
	Arrived int
	// Unit is the serial number of the unit on which it happened.
	Unit string
	// RAM and Flash are what that unit held afterwards. Events share them, so do not change them.
	RAM, Flash Holding
	// Shown is what an EventRead showed: RAM, unless the reading was stale or short. It includes
	// everything that RAM held, although an INI file shows no roots and a store nothing else; Path
	// says which was read. nil for other kinds.
	Shown Holding
	// Changes are the differences from the previous event, ordered by [Item.String]: of flash for
	// an EventSave, of RAM for all others. A write that was accepted but changed nothing has none.
	Changes []Change
}

// EventKind is a kind of [Event].
type EventKind string

// The kinds of events.
const (
	// EventStart is the call of [Device.Record].
	EventStart EventKind = "start"
	// EventRead is a GET of /status, of the INI file or of an existing TLS Context's trust store. [Request.Fault]
	// names a fault that spoils the answer afterwards; a fault before the reading prevents the event.
	EventRead EventKind = "read"
	// EventChange is a write to RAM that took effect.
	EventChange EventKind = "change"
	// EventSave is the moment when flash receives what RAM held when the save was requested.
	EventSave EventKind = "save"
	// EventRestart is a restart: RAM is what flash held.
	EventRestart EventKind = "restart"
	// EventSwitch is an HA switch-over: RAM and Flash are another unit's.
	EventSwitch EventKind = "switch"
)

// Author says who caused an [Event].
type Author string

// The authors of events.
const (
	// ByClient is a request over REST, from any client.
	ByClient Author = "client"
	// ByOther is another administrator: [Device.SetCell], [Device.AddRoot], [Device.Save] and the like.
	ByOther Author = "other"
	// ByDevice is the device itself: damage, a restart, a switch-over.
	ByDevice Author = "device"
)

// Holding is what RAM or flash holds, item by item: for a root the number of copies in its store, for a cell the
// value without quotes and with defaults written out, for a parameter the raw value, for a row "".
type Holding map[Item]string

// Item names one thing that a device holds. It is comparable and can be a map key. Names are spelled as in the model.
type Item struct {
	Kind ItemKind
	// Context and SHA256 (lower-case hex of the DER) are for an ItemRoot.
	Context int
	SHA256  string
	// Table and Row are for an ItemRow and an ItemCell, Column for an ItemCell.
	Table  string
	Row    int
	Column string
	// Parameter is for an ItemParameter.
	Parameter string
}

// ItemKind is a kind of [Item].
type ItemKind string

// The kinds of items. A row that is added or removed is an ItemRow and an
// ItemCell for each of its columns; a TLS Context is a row of TLSContexts.
const (
	ItemRoot      ItemKind = "root"
	ItemRow       ItemKind = "row"
	ItemCell      ItemKind = "cell"
	ItemParameter ItemKind = "parameter"
)

// RootItem names a root of a store by its SHA-256 in lower-case hex.
func RootItem(context int, sha256 string) Item {
	return Item{Kind: ItemRoot, Context: context, SHA256: sha256}
}

// CellItem names a cell.
func CellItem(table string, row int, column string) Item {
	return Item{Kind: ItemCell, Table: table, Row: row, Column: column}
}

// RowItem names a row.
func RowItem(table string, row int) Item { return Item{Kind: ItemRow, Table: table, Row: row} }

// ParameterItem names a parameter.
func ParameterItem(name string) Item { return Item{Kind: ItemParameter, Parameter: name} }

// String returns a name for messages: "root 1 0f3a…", "cell ProxySet 1 ProxyName".
func (i Item) String() string {
	switch i.Kind {
	case ItemRoot:
		return fmt.Sprintf("root %d %s", i.Context, i.SHA256)
	case ItemRow:
		return fmt.Sprintf("row %s %d", i.Table, i.Row)
	case ItemCell:
		return fmt.Sprintf("cell %s %d %s", i.Table, i.Row, i.Column)
	}
	return "parameter " + i.Parameter
}

// Change is one difference after an event. An addition has Existed false; a removal has Exists false.
type Change struct {
	Item            Item
	Before, After   string
	Existed, Exists bool
}

// Roots returns the SHA-256 of the roots in a store, in lower-case hex, sorted, without duplicates.
func (h Holding) Roots(context int) []string {
	var roots []string
	for item := range h {
		if item.Kind == ItemRoot && item.Context == context {
			roots = append(roots, item.SHA256)
		}
	}
	slices.Sort(roots)
	return roots
}

// Changes returns the differences from h to after, sorted by Item.String.
func (h Holding) Changes(after Holding) []Change {
	var changes []Change
	for item, value := range after {
		if before, existed := h[item]; !existed || before != value {
			changes = append(changes, Change{Item: item, Before: before, After: value, Existed: existed, Exists: true})
		}
	}
	for item, value := range h {
		if _, exists := after[item]; !exists {
			changes = append(changes, Change{Item: item, Before: value, Existed: true})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Item.String(), b.Item.String()) })
	return changes
}

// Cause returns the newest event, up to and including the one at index, that gave the item its
// state at that index: in Flash for an EventSave, in RAM for all others. It reports false if no
// event did, because the item is as it was at the start.
func (h History) Cause(index int, item Item) (Event, bool) {
	held := h[index].RAM
	if h[index].Kind == EventSave {
		held = h[index].Flash
	}
	value, exists := held[item]
	for i := index; i >= 0; i-- {
		if h[i].Kind == EventSave {
			continue // it only copies others' changes
		}
		for _, change := range h[i].Changes {
			if change.Item == item && change.Exists == exists && change.After == value {
				return h[i], true
			}
		}
	}
	return Event{}, false
}

// Record starts the history, or restarts it. Without it none is kept.
func (d *Device) Record() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.recording, d.moments = true, nil
	d.record(EventStart, actor{author: ByDevice}, nil)
}

// History returns what happened since [Device.Record]; nil without it.
func (d *Device) History() History {
	d.mu.Lock()
	d.ripen()
	moments := slices.Clone(d.moments)
	d.mu.Unlock()
	var history History
	holdings := map[*state]Holding{nil: nil}
	for i, m := range moments {
		for _, s := range []*state{m.ram, m.flash, m.shown} {
			if _, known := holdings[s]; !known {
				holdings[s] = s.holding()
			}
		}
		event := m.Event
		event.RAM, event.Flash = holdings[m.ram], holdings[m.flash]
		event.Shown = holdings[m.shown]
		if i > 0 {
			event.Changes = m.changes(moments[i-1], holdings)
		}
		history = append(history, event)
	}
	return history
}

// moment is an event whose states are not yet expanded.
type moment struct {
	Event
	ram, flash, shown *state
}

func (m moment) changes(before moment, holdings map[*state]Holding) []Change {
	from, to := before.ram, m.ram
	if m.Kind == EventSave {
		from, to = before.flash, m.flash
	}
	if from == to {
		return nil
	}
	return holdings[from].Changes(holdings[to])
}

// actor is who changes the device while the lock is held.
type actor struct {
	author Author
	entry  *Request // of a client
}

// record adds an event to the history, if one is kept. The lock is held.
func (d *Device) record(kind EventKind, by actor, shown *state) {
	if !d.recording {
		return
	}
	event := Event{Kind: kind, By: by.author, Arrived: d.login.requests, Unit: d.model.Serial}
	if by.entry != nil {
		event.Request = by.entry.Number
		event.Method, event.Path = by.entry.Method, by.entry.Path
	}
	d.moments = append(d.moments, moment{event, d.ram, d.flash, shown})
}

func (s *state) holding() Holding {
	h := Holding{}
	for _, group := range s.groups {
		for _, p := range group.Parameters {
			if p.Comment == "" && !p.Hidden {
				h[ParameterItem(p.Name)] = p.Value
			}
		}
	}
	for _, t := range s.tables {
		t.holding(h)
	}
	for context, roots := range s.stores {
		for _, der := range roots {
			item := RootItem(context, fingerprint(der))
			copies, _ := strconv.Atoi(h[item])
			h[item] = strconv.Itoa(copies + 1)
		}
	}
	return h
}

func (t Table) holding(h Holding) {
	for _, row := range t.Rows {
		h[RowItem(t.Name, row.Index)] = ""
		for c, cell := range row.Cells {
			h[CellItem(t.Name, row.Index, t.Columns[c].Name)] = t.Columns[c].read(cell)
		}
	}
}

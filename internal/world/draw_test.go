package world

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"pgregory.net/rapid"
)

// worlds draws a World. What is simplest stands first everywhere: rapid shrinks towards that.
func worlds() *rapid.Generator[World] {
	return rapid.Custom(func(t *rapid.T) World {
		w := World{
			Preset: pick(t, "preset", "7.4.500", "7.4.500", "7.4.604", "7.0", "7.2", "7.4-early", "7.4.250", "7.6"),
			Firmware: pick(t, "firmware", "", "", "", "", "", "7.40A.299.001", "7.40A.300.001", "7.40A.599.009",
				"7.40A.600.014", "7.26A.356.075"),
			Variants: drawVariants(t),
			Start:    some(t, "start", 2, 3, drawStart),
			Waiting:  some(t, "waiting", 6, 1, drawChange),
		}
		w.Start = append(w.Start, pick(t, "layout", layouts...)...)
		w.Seed = rapid.Uint64Range(0, 1000).Draw(t, "seed")
		w.Acts = drawActs(t)
		for range rapid.IntRange(0, 4).Draw(t, "events") {
			w.Events = append(w.Events, drawEvents(t, len(w.Acts))...)
		}
		if slices.ContainsFunc(w.Variants, isFlagQuirk) {
			// The other unit has a journal of its own, and where the flag can't be relied on either, nothing
			// tells that changes wait there.
			w.Events = slices.DeleteFunc(w.Events, func(event Event) bool { return event.Do == Switch })
		}
		if slices.ContainsFunc(w.Events, func(event Event) bool { return event.Do == Interrupt }) {
			// An act that is interrupted ends while another acfix is at work within its request.
			w.Events = slices.DeleteFunc(w.Events, func(event Event) bool { return event.Do == Meanwhile })
		}
		return w
	})
}

func isFlagQuirk(name string) bool { return strings.HasPrefix(name, "save-flag-") }

func pick[V any](t *rapid.T, label string, from ...V) V {
	return rapid.SampledFrom(from).Draw(t, label)
}

// some draws up to most of something in one of so many worlds, and none in all others.
func some[V any](t *rapid.T, label string, oneOf, most int, draw func(*rapid.T) V) []V {
	if rapid.IntRange(0, oneOf-1).Draw(t, label+"?") != oneOf-1 {
		return nil
	}
	return rapid.SliceOfN(rapid.Custom(draw), 1, most).Draw(t, label)
}

func drawVariants(t *rapid.T) []string {
	drawn := some(t, "variants", 2, 3, func(t *rapid.T) string { return pick(t, "variant", playable()...) })
	drawn = append(drawn, some(t, "quirks", 4, 2, func(t *rapid.T) string { return pick(t, "quirk", quirks()...) })...)
	var kept []string
	groups := map[string]bool{}
	for _, name := range drawn {
		variant, _ := mockdevice.FindVariant(name)
		group := variant.Group
		if group == "" {
			group = name
		}
		if !groups[group] {
			kept = append(kept, name)
		}
		groups[group] = true
	}
	if groups["status-fields"] && slices.Contains(kept, "status-no-serial") && !groups["header-no-serial"] {
		kept = append(kept, "header-no-serial")
	}
	// Nothing tells a save that does nothing from one that does where the flag can't be relied on.
	if groups["save-flag"] {
		kept = slices.DeleteFunc(kept, func(name string) bool { return name == "save-no-effect" })
	}
	return kept
}

func quirks() []string {
	var names []string
	for _, quirk := range mockdevice.Quirks() {
		names = append(names, quirk.Name)
	}
	return names
}

// hasQuirk: the device is one with which a client can't always end with everything done. A device of
// which something changes by itself is none of these.
func (w World) hasQuirk() bool {
	return slices.ContainsFunc(w.Variants, func(name string) bool {
		return slices.Contains(quirks(), name) && !strings.HasSuffix(name, "-churns")
	})
}

// The changes that a world can begin with: more stores, more roots, secrets.
func drawStart(t *rapid.T) Change {
	return pick(t, "start",
		Change{Op: AddContext, Row: 3, Value: "Spare"},
		Change{Op: AddRoot, Context: 0, Root: "Management CA"},
		Change{Op: AddRoot, Context: 1, Root: "DigiCert TLS RSA4096 Root G5"},
		Change{Op: AddRoot, Context: 1, Root: "DigiCert Global Root G2"},
		Change{Op: AddRoot, Context: 1, Root: "Third CA"},
		Change{Op: SetCell, Table: tlsContexts, Row: 1, Column: bundleSwitch, Value: "1"},
		Change{Op: SetCell, Table: "IPGroup", Row: 0, Column: "PasswordAsClient", Value: "s1p-trunk-secret"},
		Change{Op: SetParameter, Parameter: "CliScriptURL", Value: "'https://prov:pr0v-secret-1@prov.example.net/x'"},
	)
}

// layouts are where the Teams leg lies, besides TLS Context 1.
var layouts = [][]Change{
	nil, nil, nil, nil, nil, nil,
	legIn(10, "Teams-10"), legIn(4, "Teams-4"),
	{ // another Proxy Set with TLS addresses shares the context
		{Op: SetCell, Table: "ProxyIp", Row: 0, Column: "TransportType", Value: "2"},
		{Op: SetCell, Table: "ProxySet", Row: 0, Column: "TLSContextName", Value: "Teams"},
	},
	{ // the leg is on the default context
		{Op: SetCell, Table: "SIPInterface", Row: 1, Column: "TLSContext", Value: "default"},
		{Op: SetCell, Table: "ProxySet", Row: 1, Column: "TLSContextName", Value: ""},
		{Op: AddRoot, Context: 0, Root: "Management CA"},
	},
}

// legIn is the Teams leg in a TLS Context of its own, with one root.
func legIn(id int, name string) []Change {
	return []Change{
		{Op: AddContext, Row: id, Value: name},
		{Op: AddRoot, Context: id, Root: "Contoso Enterprise Root CA"},
		{Op: SetCell, Table: "SIPInterface", Row: 1, Column: "TLSContext", Value: name},
		{Op: SetCell, Table: "ProxySet", Row: 1, Column: "TLSContextName", Value: name},
	}
}

// drawChange is what another administrator may do.
func drawChange(t *rapid.T) Change {
	return pick(t, "change",
		Change{Op: SetParameter, Parameter: "EnableSyslog", Value: "0"},
		Change{Op: SetParameter, Parameter: "MaxDigits", Value: "30"},
		Change{Op: SetCell, Table: "IPGroup", Row: 0, Column: "SIPGroupName", Value: "theirs"},
		Change{Op: SetCell, Table: "IP2IPRouting", Row: 1, Column: "DestUsernamePrefix", Value: "49*"},
		Change{Op: SetCell, Table: tlsContexts, Row: 0, Column: "TLSVersion", Value: "8"},
		Change{Op: SetCell, Table: tlsContexts, Row: 1, Column: "DHKeySize", Value: "3072"},
		Change{Op: SetCell, Table: tlsContexts, Row: 1, Column: bundleSwitch, Value: "1"},
		Change{Op: SetCell, Table: tlsContexts, Row: 1, Column: bundleSwitch, Value: "0"},
		Change{Op: SetCell, Table: "SIPInterface", Row: 1, Column: "TLSPort", Value: "5067"},
		Change{Op: DeleteRow, Table: "IP2IPRouting", Row: 2},
		Change{Op: AddRoot, Context: 0, Root: "Their CA"},
		Change{Op: AddRoot, Context: 1, Root: "Their CA"},
		Change{Op: AddRoot, Context: 1, Root: "DigiCert TLS ECC P384 Root G5"},
		Change{Op: RemoveRoot, Context: 1, Root: "ITSP Example Root CA"},
		Change{Op: RemoveRoot, Context: 1, Root: "DigiCert TLS ECC P384 Root G5"},
		Change{Op: SetCell, Table: "IPGroup", Row: 1, Column: "PasswordAsClient", Value: "an0ther-trunk-secret"},
		Change{Op: SetParameter, Parameter: "IniFileURL", Value: "'https://prov:pr0v-secret-2@prov.example.net/y'"},
		Change{Op: Save}, Change{Op: LoadStart},
	)
}

// drawDamage is what a device may lose or change by itself when it is written to.
func drawDamage(t *rapid.T) Change {
	return pick(t, "damage",
		Change{Op: RemoveRoot, Context: 1, Root: "ITSP Example Root CA"},
		Change{Op: RemoveRoot, Context: 0, Root: "Management CA"},
		Change{Op: SetCell, Table: tlsContexts, Row: 0, Column: "DHKeySize", Value: "1024"},
		Change{Op: SetParameter, Parameter: "EnableSyslog", Value: "0"},
		Change{Op: DeleteRow, Table: "IP2IPRouting", Row: 0},
		Change{Op: SetCell, Table: "IPGroup", Row: 1, Column: "PasswordAsClient", Value: ""},
	)
}

func drawActs(t *rapid.T) []Act {
	acts := []Act{drawAct(t, 0)}
	for range rapid.IntRange(0, 3).Draw(t, "further acts") {
		acts = append(acts, drawAct(t, len(acts)))
	}
	return acts
}

func drawAct(t *rapid.T, earlier int) Act {
	act := Act{Do: Apply}
	if earlier == 0 {
		act.Do = pick(t, "act", Apply, Apply, Apply, Plan)
	} else {
		act.Do = pick(t, "act", Apply, Restore, Restore, Resume, ApplyPlan, Plan)
		act.Of = rapid.IntRange(0, earlier-1).Draw(t, "of")
	}
	act.Address = pick(t, "address", 0, 0, 0, 0, 1)
	act.AllRoots = pick(t, "all roots", false, false, false, true)
	act.AllowShared = pick(t, "allow shared", false, false, false, true)
	act.AllowDefault = pick(t, "allow default", false, false, false, true)
	act.SaveUnsaved = pick(t, "save unsaved", false, false, false, false, false, true)
	return act
}

// request is one that an event can be about.
type request struct{ method, path string }

var (
	anyRequest = request{}
	imports    = request{"PUT", "files/tls/*/trustedRoot/incremental"}
	loads      = request{"PUT", "files/ini/incremental"}
	saves      = request{"POST", "actions/saveConfiguration"}
	replaces   = request{"PUT", "files/tls/*/trustedRoot"}
	readings   = []request{
		{"GET", "files/ini"}, {"GET", "files/tls/1/trustedRoot"}, {"GET", "files/tls/0/trustedRoot"},
		{"GET", "files/tls/3/trustedRoot"},
		{"GET", "files/tls/*/certificate"}, {"GET", "status"}, {"GET", "alarms/active"},
	}
	writes = []request{imports, loads, saves, replaces}
)

// most is how many of such requests an act sends, or not many more.
func (r request) most() int {
	switch r {
	case anyRequest:
		return 40
	case imports, request{"GET", "files/ini"}, request{"GET", "files/tls/1/trustedRoot"}, request{"GET", "status"}:
		return 6
	default:
		return 2
	}
}

// drawEvents draws one event, or two that belong together.
func drawEvents(t *rapid.T, acts int) []Event {
	event := Event{Act: rapid.IntRange(0, acts-1).Draw(t, "act")}
	event.Do = pick(t, "event", Edit, Edit, Edit, Fault, Fault, Fault, Fault, Fault, Kill, Damage, Delay, Switch,
		Interrupt, Meanwhile)
	at := append(append([]request{anyRequest}, writes...), readings...)
	event.fill(t, &at)
	place := pick(t, "request", at...)
	event.Method, event.Path = place.method, place.path
	event.Request = rapid.IntRange(1, place.most()).Draw(t, "number")
	if event.Do != Edit || !rapid.Bool().Draw(t, "at the start") {
		return []Event{event}
	}
	// Before an act has begun, perhaps saved.
	event.Method, event.Path, event.Request, event.After = "", "", 1, false
	if rapid.Bool().Draw(t, "saved") {
		return []Event{event, {Act: event.Act, Request: 1, Do: Edit, Change: &Change{Op: Save}}}
	}
	return []Event{event}
}

// fill draws what an event needs besides its time, and leaves the requests that it makes sense at.
func (e *Event) fill(t *rapid.T, at *[]request) {
	e.After = rapid.Bool().Draw(t, "after")
	switch e.Do {
	case Edit:
		change := drawChange(t)
		e.Change = &change
	case Damage:
		change := drawDamage(t)
		e.Change, e.After, *at = &change, true, writes
	case Fault:
		e.After = false
		e.Times = pick(t, "times", 0, 0, 0, 2, -1)
		e.Fault = drawFault(t, at)
	case Delay:
		e.Delay = Duration(pick(t, "delay", 5*time.Second, 40*time.Second, 3*time.Minute))
	case Meanwhile:
		e.Play, *at = &Act{Do: Apply, Address: pick(t, "other address", 0, 1)}, append([]request{anyRequest}, readings...)
	}
}

// The faults, and the requests that each makes sense at.
var faults = []struct {
	text string
	at   []request
}{
	{"status", nil}, {"status", nil}, {"status", readings}, {"status", writes},
	{"drop", nil}, {"html", nil}, {"garbage", nil}, {"truncate", nil}, {"truncate shorter", readings},
	{"reboot", nil}, {"reboot=500", writes}, {"echo=400", nil}, {"echo", nil},
	{"ignore", writes}, {"late=3", writes}, {"late=20", writes}, {"defer=2s", writes}, {"defer=40s", writes},
	{"defer=3m", writes},
	{"damage-cell", []request{loads}}, {"damage-row", []request{loads}},
	{"cost-root=400", []request{imports}}, {"cost-root=409", []request{imports}},
	{"short", readings}, {"short=2", readings}, {"stale", readings},
}

var statuses = []int{206, 302, 400, 401, 403, 404, 405, 408, 409, 423, 425, 429, 500, 501, 503}

func drawFault(t *rapid.T, at *[]request) string {
	when, what := pick(t, "when", "before", "after"), pick(t, "fault", faults...)
	if what.at != nil {
		*at = what.at
	}
	if what.text != "status" {
		return when + " " + what.text
	}
	status := pick(t, "status", statuses...)
	if status == http.StatusUnauthorized { // it ends the session, so nothing could be found out afterwards
		when = "before"
	}
	return fmt.Sprintf("%s status=%d", when, status)
}

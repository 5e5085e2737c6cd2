package world

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"pgregory.net/rapid"
)

// worlds draws a World. What is simplest stands first everywhere: rapid shrinks towards that.
func worlds() *rapid.Generator[World] {
	return rapid.Custom(func(t *rapid.T) World {
		w := World{
			Preset:   pick(t, "preset", "7.4.500", "7.4.500", "7.4.604", "7.0", "7.2", "7.4-early", "7.4.250", "7.6"),
			Variants: drawVariants(t),
			Start:    some(t, "start", 3, 3, drawStart),
			Waiting:  some(t, "waiting", 6, 1, drawChange),
		}
		w.Seed = rapid.Uint64Range(0, 1000).Draw(t, "seed")
		w.Acts = drawActs(t)
		for range rapid.IntRange(0, 4).Draw(t, "events") {
			w.Events = append(w.Events, drawEvent(t, w))
		}
		return w
	})
}

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

// hasQuirk: the device is one with which a client can't always end with everything done.
func (w World) hasQuirk() bool {
	return slices.ContainsFunc(w.Variants, func(name string) bool { return slices.Contains(quirks(), name) })
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
	act.SaveUnsaved = pick(t, "save unsaved", false, false, false, false, false, true)
	return act
}

// The requests that an event can be about, besides any.
var requests = []struct{ method, path string }{
	{"", ""},
	{"PUT", "files/tls/1/trustedRoot/incremental"}, {"PUT", "files/ini/incremental"}, {"POST", "actions/saveConfiguration"},
	{"PUT", "files/tls/1/trustedRoot"}, {"GET", "files/ini"}, {"GET", "files/tls/1/trustedRoot"}, {"GET", "files/tls/0/trustedRoot"},
	{"GET", "files/tls/3/trustedRoot"}, {"GET", "files/tls/*/certificate"}, {"GET", "status"},
}

func drawEvent(t *rapid.T, w World) Event {
	event := Event{Act: rapid.IntRange(0, len(w.Acts)-1).Draw(t, "act")}
	at := pick(t, "request", requests...)
	event.Method, event.Path = at.method, at.path
	most := 6
	if at.path == "" {
		most = 40
	}
	event.Request = rapid.IntRange(1, most).Draw(t, "number")
	event.After = rapid.Bool().Draw(t, "after")
	event.Do = pick(t, "event", Edit, Edit, Edit, Edit, Fault, Fault, Fault, Fault, Fault, Kill, Damage, Damage, Delay, Switch, Interrupt, Meanwhile)
	event.fill(t)
	return event
}

// fill draws what an event needs besides its time.
func (e *Event) fill(t *rapid.T) {
	switch e.Do {
	case Edit:
		change := drawChange(t)
		e.Change = &change
	case Damage:
		change := drawDamage(t)
		e.Change, e.Method = &change, pick(t, "damaging", "PUT", "POST")
		if e.Path == "" || e.Method == "POST" {
			e.Path = ""
		}
		e.After = true
	case Fault:
		e.Fault, e.After = drawFault(t), false
		e.Times = pick(t, "times", 0, 0, 0, 2, -1)
	case Delay:
		e.Delay = Duration(pick(t, "delay", 5*time.Second, 40*time.Second, 3*time.Minute))
	case Meanwhile:
		e.Play = &Act{Do: Apply, Address: pick(t, "other address", 0, 1)}
	}
}

// The faults, by how often they are drawn.
var faults = []string{
	"status", "status", "status", "drop", "html", "garbage", "truncate", "truncate shorter", "ignore", "late=3", "late=20",
	"damage-cell", "damage-row", "reboot", "reboot=500", "short", "short=2", "stale", "cost-root=400", "cost-root=409",
	"defer=2s", "defer=40s", "defer=3m", "echo=400", "echo",
}

var statuses = []int{206, 302, 400, 401, 403, 404, 405, 408, 409, 423, 425, 429, 500, 501, 503}

func drawFault(t *rapid.T) string {
	when, what := pick(t, "when", "before", "after"), pick(t, "fault", faults...)
	if what == "status" {
		status := pick(t, "status", statuses...)
		what = fmt.Sprintf("status=%d", status)
		if status == http.StatusUnauthorized { // it ends the session, so nothing could be found out afterwards
			when = "before"
		}
	}
	return when + " " + what
}

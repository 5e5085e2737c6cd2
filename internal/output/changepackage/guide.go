package changepackage

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// guide is a text for a person, in sections of numbered steps.
type guide struct {
	title    string
	caution  string // may be ""
	facts    [][2]string
	sections []section
}

type section struct {
	heading string
	words   string // before the steps; may be ""
	items   []string
}

// write says how to carry out a plan by hand. It tells nothing of the configuration but the names of TLS Contexts.
func write(plan remediate.DevicePlan, policy remediate.PolicyReference, roots imports) guide {
	w := writer{plan: plan, policy: policy, roots: roots, menu: menuOf(plan.Device.Firmware)}
	g := guide{title: "Change package for " + foreign.Clean(plan.Target), facts: w.facts(policy)}
	g.sections = append(g.sections, w.before())
	for _, id := range w.contexts() {
		g.sections = append(g.sections, w.change(id))
	}
	g.sections = append(g.sections, w.save(), w.after(), w.undo())
	switch {
	case plan.SwitchLoad.Text != "":
		g.sections = append(g.sections, w.alternative())
	case LacksSwitchLoad(plan):
		g.sections = append(g.sections, section{
			heading: "Why there is no " + SwitchName,
			words:   WhyNoSwitchLoad(plan) + ". Set the switch by the clicks above.",
		})
	}
	return g
}

type writer struct {
	plan   remediate.DevicePlan
	policy remediate.PolicyReference
	roots  imports
	menu   menu
}

func (w writer) facts(policy remediate.PolicyReference) [][2]string {
	source := "a reading of the device"
	if w.plan.Source.IsFile() {
		source = "the file " + filepath.Base(w.plan.Source.File)
	}
	facts := [][2]string{
		{"Product", w.plan.Device.Product}, {"Serial number", w.plan.Device.Unit()}, {"Firmware", w.plan.Device.Firmware},
		{"Made from", source}, {"Rule", policy.ID + " of " + policy.Date},
	}
	for i, fact := range facts {
		if facts[i][1] = foreign.Clean(fact[1]); fact[1] == "" {
			facts[i][1] = "unknown"
		}
	}
	return facts
}

func (w writer) before() section {
	s := section{heading: "Before you begin", words: "The steps only add trust, and none needs a restart."}
	if w.menu.doubt != "" {
		s.words += " " + w.menu.doubt
	}
	s.items = append(s.items,
		"Sign in to the web interface of the device as an administrator who may change its security settings.",
		w.same(),
		fmt.Sprintf("Look at the button %s. A red frame means that changes of others wait unsaved: find out whose they are "+
			"before you go on, because saving yours saves theirs too.", w.menu.button),
		fmt.Sprintf("Look at the alarms (%s), and at the state of the HA pair if there is one. While the pair synchronises, "+
			"wait. Note the alarms that are active.", w.menu.alarms),
		fmt.Sprintf("Save a copy of the configuration: %s. Keep it until all is checked.", w.menu.export),
	)
	return s
}

// same lets the person make sure of the device.
func (w writer) same() string {
	const otherwise = "If one differs, stop: this package is not for this device, or is too old."
	identity := w.plan.Device
	if identity.Serial == "" {
		return fmt.Sprintf("Compare the firmware: %s. The serial number is not known to acfix, so make sure by other means "+
			"that this is the device. If the firmware differs, stop.", orUnknown(identity.Firmware))
	}
	return fmt.Sprintf("Compare the serial number, %s, and the firmware, %s. %s",
		foreign.Clean(identity.Serial), orUnknown(identity.Firmware), otherwise)
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return foreign.Clean(text)
}

// contexts are the TLS Contexts that change, in the order of the plan.
func (w writer) contexts() (ids []int) {
	for _, step := range w.plan.Steps {
		if step.Context != nil && !slices.Contains(ids, *step.Context) {
			ids = append(ids, *step.Context)
		}
	}
	return ids
}

func (w writer) switches(id int) bool {
	return slices.ContainsFunc(w.plan.Steps, func(step remediate.Step) bool {
		return step.Kind == remediate.StepEnableBundle && *step.Context == id
	})
}

func (w writer) label(id int) string {
	for _, context := range w.plan.Contexts {
		if context.ID == id && context.Name != "" {
			return fmt.Sprintf("%d %q", id, foreign.Clean(context.Name))
		}
	}
	return fmt.Sprint(id)
}

func (w writer) change(id int) section {
	s := section{heading: "Change TLS Context " + w.label(id)}
	s.items = append(s.items, fmt.Sprintf("Open %s, and click the row %s. Change no other row.", w.menu.contexts, w.label(id)))
	if w.switches(id) {
		s.items = append(s.items,
			`Click "Edit". Set "Use default CA Bundle" to "Enable", change nothing else, and click "Apply".`,
			`Open the row again: "Use default CA Bundle" must be "Enable", and every other field as it was.`)
	}
	files := w.roots.into[id]
	if len(files) > 0 {
		s.items = append(s.items, "With the row selected, click "+w.menu.roots+" at the bottom of the page.")
	}
	for _, file := range files {
		s.items = append(s.items, importItem(file))
	}
	return s
}

func importItem(file rootFile) string {
	item := fmt.Sprintf("Click \"Import\", choose the file %s, and follow the prompts. The list must then have %s with the "+
		"serial number %s. If the device names it otherwise, compare the SHA-1 thumbprint: %s.",
		file.name, file.root.Name, file.root.Serial, file.root.SHA1)
	if file.unknown {
		return fmt.Sprintf("Look for %s with the serial number %s in the list. If it is there, go on with the next step. "+
			"If it is not: %s", file.root.Name, file.root.Serial, "c"+strings.TrimPrefix(item, "C"))
	}
	return item
}

func (w writer) save() section {
	return section{heading: "Save the configuration", items: []string{
		fmt.Sprintf("Save the configuration: %s, and confirm. Until then the changes are in RAM only, and a restart loses "+
			"them.", w.menu.save),
		fmt.Sprintf("Look at the button %s again: it must have no red frame.", w.menu.button),
	}}
}

func (w writer) after() section {
	service := foreign.Clean(cmp.Or(w.policy.Service, "Teams"))
	return section{heading: "Check", items: []string{
		fmt.Sprintf("Look at the alarms (%s): none may be new. Place a test call from %s and one to %s.", w.menu.alarms,
			service, service),
		fmt.Sprintf("Export the configuration again (%s), and the trusted roots of each changed TLS Context (%s, %s, "+
			"\"Export\").", w.menu.export, w.menu.contexts, w.menu.roots),
		fmt.Sprintf("Run: %s. The verdict must be \"Compliant\". %s", w.checkCommand(), w.again()),
	}}
}

func (w writer) undo() section {
	s := section{heading: "How to undo it", words: "Only if the change must go. Removing a root that was there before breaks " +
		"what relies on it: remove only what you imported."}
	for _, id := range w.contexts() {
		for _, file := range w.roots.into[id] {
			s.items = append(s.items, fmt.Sprintf("%s, row %s, %s: select %s with the serial number "+
				"%s, if you imported it, and click \"Remove\".",
				w.menu.contexts, w.label(id), w.menu.roots, file.root.Name, file.root.Serial))
		}
		if w.switches(id) {
			s.items = append(s.items, fmt.Sprintf("%s, row %s, \"Edit\": set \"Use default CA Bundle\" to what it was before, "+
				"and click \"Apply\".", w.menu.contexts, w.label(id)))
		}
	}
	s.items = append(s.items, fmt.Sprintf("Save the configuration: %s.", w.menu.save))
	return s
}

// LacksSwitchLoad reports whether a plan has a switch to set and no file that does it.
func LacksSwitchLoad(plan remediate.DevicePlan) bool {
	isSwitch := func(step remediate.Step) bool { return step.Kind == remediate.StepEnableBundle }
	return plan.SwitchLoad.Text == "" && slices.ContainsFunc(plan.Steps, isSwitch)
}

// WhyNoSwitchLoad says why there is no such file, without a full stop.
func WhyNoSwitchLoad(plan remediate.DevicePlan) string {
	if plan.SwitchLoad.Missing == "" {
		return "The row of the TLS Context was not kept with the plan"
	}
	return "The row can't be written down as the device has it: " + foreign.Clean(plan.SwitchLoad.Missing)
}

func (w writer) alternative() section {
	return section{heading: "Alternative to the switch by hand: " + SwitchName, words: "Only for those who must script it. The " +
		"click above is the way. The file has the device's own whole row of the TLS Context, with one cell changed.", items: []string{
		fmt.Sprintf("Export the configuration again (%s). The row in the table TLSContexts must still be the one in %s, but for "+
			"the cell of \"Use default CA Bundle\". If anything else differs, do not load the file: make a new package.",
			w.menu.export, SwitchName),
		fmt.Sprintf("LOAD IT AS AN INCREMENTAL FILE ONLY: %s. A FULL LOAD OF THIS FILE RESETS THE DEVICE: IT LOSES ITS WHOLE "+
			"CONFIGURATION.", w.menu.partial),
		"Export the configuration again and compare: only that cell may differ. Then go on with the trusted roots and with " +
			"\"Save the configuration\" above.",
	}}
}

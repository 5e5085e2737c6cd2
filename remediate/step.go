package remediate

import (
	"strconv"
	"strings"
)

// StepKind is one thing that a run does to a device.
type StepKind string

// The kinds of steps.
const (
	StepBackup        StepKind = "backup"         // reads; writes to the operator's disk
	StepEnableBundle  StepKind = "enable_bundle"  // sets UseDefaultCABundle of one TLS Context
	StepImportRoot    StepKind = "import_root"    // adds one trusted root to one TLS Context
	StepRemoveRoot    StepKind = "remove_root"    // takes one root out of one TLS Context's store; only in a restore
	StepDisableBundle StepKind = "disable_bundle" // sets UseDefaultCABundle of one TLS Context back; only in a restore
	StepSave          StepKind = "save"           // writes RAM to flash
)

// stepKinds has a row for each kind, in the order in which a run carries them out: text says what one step does, one
// and many are the words of a summary, and opposite is the kind that sets a switch back.
var stepKinds = []struct {
	kind, opposite  StepKind
	text, one, many string
}{
	{
		StepBackup, "", "back up the device",
		"backup, before anything is written", "backups, each before anything is written",
	},
	{
		StepEnableBundle, StepDisableBundle, `switch "Use default CA Bundle" on in {context}`,
		`switch "Use default CA Bundle" on`, `switches "Use default CA Bundle" on`,
	},
	{StepImportRoot, "", "import {root} into {context}", "import of a trusted root", "imports of trusted roots"},
	{StepRemoveRoot, "", "remove {root} from {context}", "removal of a trusted root", "removals of trusted roots"},
	{
		StepDisableBundle, StepEnableBundle, `switch "Use default CA Bundle" off in {context}`,
		`switch "Use default CA Bundle" off`, `switches "Use default CA Bundle" off`,
	},
	{StepSave, "", "save to flash", "save to flash", "saves to flash"},
}

// StepKinds returns all kinds, in the order in which a run carries them out.
func StepKinds() []StepKind {
	var kinds []StepKind
	for _, row := range stepKinds {
		kinds = append(kinds, row.kind)
	}
	return kinds
}

// Counted returns the words for n steps of this kind, without the number: "imports of trusted roots".
func (k StepKind) Counted(n int) string {
	for _, row := range stepKinds {
		switch {
		case row.kind != k:
		case n == 1:
			return row.one
		default:
			return row.many
		}
	}
	return string(k)
}

// Opposite returns the kind that sets back what this kind sets; isSwitch is false if there is none.
func (k StepKind) Opposite() (opposite StepKind, isSwitch bool) {
	for _, row := range stepKinds {
		if row.kind == k {
			return row.opposite, row.opposite != ""
		}
	}
	return "", false
}

// Changes reports whether a step of this kind changes the running device: a backup reads, and a save keeps.
func (k StepKind) Changes() bool { return k != StepBackup && k != StepSave }

// Step is one step of a plan. Context, Root and SHA256 are set where the kind needs them.
type Step struct {
	Kind    StepKind `json:"kind"`
	Context *int     `json:"context"`
	Root    string   `json:"root"`
	SHA256  string   `json:"sha256"`
	Reason  string   `json:"reason"`
}

// String says in words what the step does.
func (s Step) String() string {
	context := ""
	if s.Context != nil {
		context = "TLS Context " + strconv.Itoa(*s.Context)
	}
	words := strings.NewReplacer("{root}", s.Root, "{context}", context)
	for _, row := range stepKinds {
		if row.kind == s.Kind {
			return words.Replace(row.text)
		}
	}
	return string(s.Kind)
}

// Change returns what the step changes, in a form that can be compared with other steps or journal records.
func (s Step) Change() OwnChange {
	change := OwnChange{Kind: s.Kind, Root: s.SHA256}
	if s.Context != nil {
		change.Context = *s.Context
	}
	return change
}

func (s Step) sameChange(other Step) bool {
	return s.Context != nil && other.Context != nil && s.Change() == other.Change()
}

package report

import "github.com/acfix/acfix/remediate"

// What views of runs elsewhere take over from the views here, so that all say the same.
type (
	// Shown is a device of a run as every view has it.
	Shown = entry
	// Fact is a line about the run itself.
	Fact = fact
	// RootCell is the state of one of the required roots, and its Tone.
	RootCell = rootCell
)

// Show is the device as every view of the run has it.
func (h RunHead) Show(device RunDevice) Shown { return h.entry(device) }

// Facts are what is known of the run, in the order in which a reader asks.
func (h RunHead) Facts() []Fact { return h.facts() }

// Tone is "bad", "wait", "good" or "idle": how much the device asks for attention.
func (e entry) Tone() string { return gradeTones[e.Grade] }

// Gravity sorts devices, those first that ask for attention most.
func (e entry) Gravity() int { return int(e.Grade) }

// RootCells are the required roots in a TLS Context, in the order of certs.Required.
func (e entry) RootCells(context remediate.ContextPlan) []RootCell { return rootCells(e, context) }

// Spaced is a word of a document as people write it.
func Spaced(word string) string { return spaced(word) }

// Doubt is what to say behind a change that is left on a device and may not have happened.
func Doubt(status string) string { return doubt(status) }

// Gravest sorts findings, those first that matter most.
func Gravest(findings []remediate.Finding) []remediate.Finding { return gravest(findings) }

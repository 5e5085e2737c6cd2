package report

import (
	"github.com/acfix/acfix/remediate"
)

// What people call a device's outcome and a root's state stands here, once: for the terminal, for every report and for
// the web pages. A word of a document is shown as Spaced writes it; only the words of roots say more than a document.
// docs/design/output.md: A word for people stands in one table

// outcomeWords are what is said of a verdict or a status.
type outcomeWords struct {
	grade    grade
	sentence string
}

// verdictWords has a row for each verdict; the sentences of others depend on the plan.
var verdictWords = map[remediate.Verdict]outcomeWords{
	remediate.Compliant: {gradeGood, "Compliant: nothing to do."},
	remediate.Change:    {gradePending, "Change"},
	remediate.Blocked:   {gradeBlocked, "Blocked: a person must decide or repair first; nothing is planned."},
	remediate.NotApplicable: {
		gradeIdle, "Not applicable: Microsoft's requirement does not concern this device.",
	},
	remediate.Errored: {gradeFailed, "Error: the device could not be read."},
}

// statusWords has a row for each status.
var statusWords = map[remediate.Status]outcomeWords{
	remediate.Applied:   {gradeGood, "Applied: every step was verified, saved, and read once more."},
	remediate.Unchanged: {gradeGood, "Unchanged: nothing had to be done."},
	remediate.Planned:   {gradePending, "Planned: nothing was written."},
	remediate.StatusBlocked: {
		gradeBlocked, "Blocked: a person must decide or repair first; nothing was written.",
	},
	remediate.StatusNotApplicable: {gradeIdle, "Not applicable: nothing was written."},
	remediate.Stale:               {gradeFailed, "Stale: the device is not as planned; nothing was written."},
	remediate.Failed:              {gradeFailed, "Failed."},
	remediate.RolledBack: {
		gradeFailed, "Rolled back: the configuration is as it was; nothing was saved.",
	},
	remediate.Skipped: {gradeSkipped, "Skipped: nothing was written."},
}

// Words of devices without a verdict or status.
const (
	// WordWaiting and WordInHand are the words of devices whose turn in a running run is to come, or has come.
	WordWaiting = "waiting"
	WordInHand  = "no_result_yet"
	// WordNotRead is the verdict of a device that no run has read, as lists of devices have it.
	WordNotRead = "not_read"
)

// ToneOf is the tone of a verdict or a status, and its gravity: the smaller, the more urgent.
func ToneOf(word string) (tone string, gravity int) {
	of, known := verdictWords[remediate.Verdict(word)]
	if !known {
		of = statusWords[remediate.Status(word)]
	}
	return gradeTones[of.grade], int(of.grade)
}

// RootCell is the state of one required root, and its tone.
type RootCell struct{ Word, Tone string }

// What a root is in a TLS Context. A word of its own says that the bundle which has it is switched off: then the device
// lacks it, although a plan that switches the bundle on counts it as bundled.
const (
	wordPresent   = string(remediate.RootPresent)
	wordBundled   = string(remediate.RootBundled)
	wordMissing   = string(remediate.RootMissing)
	wordUnknown   = string(remediate.RootUnknown)
	wordImported  = "imported"
	wordBundleOff = "bundle off"
	wordUnread    = "not read"
)

// rootWords has the tone of each word, and what a terminal says beside it; %s is by whose word.
var rootWords = map[string]struct{ tone, note string }{
	wordPresent:   {"good", "in the trusted-root store"},
	wordImported:  {"good", "by this run, and verified"},
	wordBundled:   {"wait", "in the CA bundle (%s)"},
	wordBundleOff: {"bad", "in the CA bundle (%s) once it is switched on"},
	wordMissing:   {"bad", ""},
	wordUnknown:   {"idle", "its store is not in the file"},
	wordUnread:    {"idle", ""},
}

// toneColors are the colours of a terminal for what a page shows by its tone.
var toneColors = map[string]string{"good": green, "wait": yellow, "bad": red, "idle": dim}

// rootCell is how a word is shown; one of a later version is bad.
func rootCell(word string) RootCell { return RootCell{word, or(rootWords[word].tone, "bad")} }

// rootWord is the word for a root of a plan. switchedOn: the plan was carried out, so the bundle is on by now.
func rootWord(root remediate.RootStatus, context remediate.ContextPlan, switchedOn bool) string {
	if root.State == remediate.RootBundled && !context.BundleIsOn() && !switchedOn {
		return wordBundleOff
	}
	return string(root.State)
}

// UnreadRoot is the cell of a root of which nothing is known.
func UnreadRoot() RootCell { return rootCell(wordUnread) }

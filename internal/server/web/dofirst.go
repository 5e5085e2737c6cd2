package web

import (
	"fmt"
	"slices"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// doFirst says what to do about a device, before any fact about it.
type doFirst struct {
	Tone, Title string
	Blockers    []Why
	Next        string // what happens to the plan of the last run; "" for nothing
	Run         string // the run that Next is about
}

// has reports whether a finding stands there already.
func (d doFirst) has(finding remediate.Finding) bool {
	return slices.Contains(d.Blockers, Why{Code: finding.Code, Text: finding.Message, Hint: finding.Hint})
}

// doFirstOf judges by the failure of the last run, and without one by the last reading.
func doFirstOf(device DeviceDetail, shown report.Shown, found []remediate.Finding) doFirst {
	verdict := remediate.Verdict(device.Known.Verdict)
	switch {
	case shown.Failure != nil:
		return doFirst{Tone: "bad", Title: failedTitle(device, shown), Blockers: blockersOf(shown)}
	case len(shown.Left) > 0 || len(shown.ByHand) > 0:
		return doFirst{Tone: "bad", Title: "The last run left something to do by hand."}
	case verdict == remediate.Blocked:
		shown.Findings = found
		return doFirst{Tone: "bad", Title: "This device needs a person first.", Blockers: blockersOf(shown)}
	case verdict == remediate.Change:
		return planned(device)
	case verdict == remediate.Compliant:
		return doFirst{Tone: "good", Title: "Nothing to do: it has every required root."}
	case verdict == remediate.NotApplicable:
		return doFirst{Tone: "idle", Title: "Nothing to do: it has no Teams leg."}
	case device.Reading == nil:
		return doFirst{Tone: "wait", Title: "No run has read this device yet."}
	default:
		return doFirst{Tone: "wait", Title: shown.Sentence}
	}
}

// failedTitle says what failed, and whether anything is known of the device.
func failedTitle(device DeviceDetail, shown report.Shown) string {
	switch {
	case shown.Word == string(remediate.Skipped):
		return "The last run did not start on this device."
	case device.Reading == nil:
		return "This device could not be read, and never was."
	case device.Known.ReadRun != device.Head.ID:
		return "The last run could not work on this device. Below is its last known state."
	default:
		return "The last run failed on this device."
	}
}

// planned says what is missing and who carries it out.
func planned(device DeviceDetail) doFirst {
	first := doFirst{Tone: "wait", Title: "Something is missing.", Run: device.Known.ReadRun}
	if device.Reading != nil && device.Reading.Plan != nil {
		if words := stepsInWords(device.Reading.Plan); words != "" {
			first.Title = fmt.Sprintf("To be done: %s.", words)
		}
	}
	if device.Head.ID == device.Known.ReadRun {
		switch device.Head.State {
		case string(store.RunWaiting), string(store.RunApproved):
			first.Next = device.Head.State
		}
	}
	return first
}

// Package notify reports a run to a Teams channel, to Slack, or as plain JSON to other services. Body makes a message
// without the network; Sender posts it to a webhook, whose address is a secret.
//
// Names and codes from devices and inventories stay plain text in a message: they can't format, link or mention.
package notify

import (
	"cmp"
	"slices"
)

// Form is how a message is written.
type Form string

// The forms.
const (
	Teams Form = "teams" // an adaptive card, as a Teams workflow takes it
	Slack Form = "slack" // blocks, as an incoming webhook takes them
	JSON  Form = "json"  // the summary itself
)

// Forms lists all forms.
func Forms() []Form { return []Form{Teams, Slack, JSON} }

// Occasion is an outcome of a run that a webhook can subscribe to.
type Occasion string

// The occasions.
const (
	Failed  Occasion = "failed"  // a device or the run failed, or its outcome is unknown
	Stopped Occasion = "stopped" // budget, window or operator ended the run, or devices were skipped
	Blocked Occasion = "blocked" // a device needs manual work first, or no longer matches its plan
	Waiting Occasion = "waiting" // a plan waits for approval
	Changed Occasion = "changed" // devices were changed, or changes are planned
	Always  Occasion = "always"
)

// Occasions lists all occasions, the most important first.
func Occasions() []Occasion { return []Occasion{Failed, Stopped, Blocked, Waiting, Changed, Always} }

// Usual lists the occasions that need action.
func Usual() []Occasion { return []Occasion{Failed, Stopped, Blocked, Waiting} }

// Summary is the content of a message about a run.
type Summary struct {
	Run    string // the run's id
	Job    string // "" for a run that no job started
	Action string // "plan" or "apply"
	State  string // the run's own state: done, waiting, stopped, …
	Counts []Count
	// Failures are the devices that failed; messages list the first twenty.
	Failures []FailedDevice
	// Link is the address of the run's report, or "". Messages leave out anything but a plain http or https address.
	Link string
}

// Count is the number of devices with a status of a result or a verdict of a plan.
type Count struct {
	Status  string
	Devices int
}

// FailedDevice is a device that failed, with its error code.
type FailedDevice struct{ Device, Code string }

// meanings maps the words of runs, results and plans to occasions, or to "" for none.
var meanings = map[string]Occasion{
	// states of a run
	"running": "", "approved": "", "done": "",
	"rejected": "", "superseded": "", "expired": "",
	"waiting": Waiting, "paused": Stopped, "stopped": Stopped, "interrupted": Stopped,
	// statuses of a result; failed is a run's state too
	"applied": Changed, "unchanged": "", "planned": Changed, "blocked": Blocked, "not_applicable": "",
	"stale": Blocked, "failed": Failed, "rolled_back": Failed, "skipped": Stopped,
	// further verdicts of a plan
	"compliant": "", "change": Changed, "error": Failed,
}

// Occasions returns a run's occasions, most important first, Always last. An unknown word counts as a failure.
func (s Summary) Occasions() []Occasion {
	found := []Occasion{Always}
	note := func(word string) {
		meaning, known := meanings[word]
		if !known {
			meaning = Failed
		}
		if meaning != "" && !slices.Contains(found, meaning) {
			found = append(found, meaning)
		}
	}
	note(s.State)
	for _, count := range s.Counts {
		if count.Devices > 0 {
			note(count.Status)
		}
	}
	if len(s.Failures) > 0 {
		note("failed")
	}
	order := Occasions()
	slices.SortFunc(found, func(a, b Occasion) int {
		return cmp.Compare(slices.Index(order, a), slices.Index(order, b))
	})
	return found
}

// Wanted reports whether the run matches one of the occasions.
func (s Summary) Wanted(on []Occasion) bool {
	return slices.ContainsFunc(s.Occasions(), func(o Occasion) bool { return slices.Contains(on, o) })
}

// Package notify tells people about a run: in a Teams channel, in Slack, or as plain JSON to
// anything else. Messages are made without the network (Body), and sent to a webhook whose
// address is a secret (Sender).
//
// Names and codes come from devices and inventories. They can't format, link or mention: what
// stands in a message as text is text.
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

// Forms are all forms.
func Forms() []Form { return []Form{Teams, Slack, JSON} }

// Occasion is what a run can come to that somebody may want to hear of.
type Occasion string

// The occasions.
const (
	Failed  Occasion = "failed"  // a device or the run failed, or what became of it is not known
	Stopped Occasion = "stopped" // budget, window or a person ended the run, or devices were skipped
	Blocked Occasion = "blocked" // a device needs a person first, or no longer fits its plan
	Waiting Occasion = "waiting" // a plan waits for approval
	Changed Occasion = "changed" // devices were changed, or changes are planned
	Always  Occasion = "always"
)

// Occasions are all occasions, the gravest first.
func Occasions() []Occasion { return []Occasion{Failed, Stopped, Blocked, Waiting, Changed, Always} }

// Usual are the occasions on which somebody has to act.
func Usual() []Occasion { return []Occasion{Failed, Stopped, Blocked, Waiting} }

// Summary is what a message says about a run.
type Summary struct {
	Run    string // the run's id
	Job    string // "" for a run that no job started
	Action string // "plan" or "apply"
	State  string // the run's own state: done, waiting, stopped, …
	Counts []Count
	// Failures are the devices that failed; messages list the first twenty.
	Failures []FailedDevice
	// Link is where the run's report is; "" for nowhere. What is not plainly an http or https
	// address is left out.
	Link string
}

// Count is how many devices of a run came to a status of a result or a verdict of a plan.
type Count struct {
	Status  string
	Devices int
}

// Failure is a device that failed, and its error code.
type FailedDevice struct{ Device, Code string }

// meanings is what the words of runs, results and plans are to a reader: an occasion, or ""
// for nothing to hear of.
var meanings = map[string]Occasion{
	// states of a run
	"running": "", "approved": "", "done": "",
	"waiting": Waiting, "stopped": Stopped, "interrupted": Stopped,
	// statuses of a result; failed is a run's state too
	"applied": Changed, "unchanged": "", "planned": Changed, "blocked": Blocked, "not_applicable": "",
	"stale": Blocked, "failed": Failed, "rolled_back": Failed, "skipped": Stopped,
	// further verdicts of a plan
	"compliant": "", "change": Changed, "error": Failed,
}

// Occasions are those of the run, the gravest first; Always is the last. A word that is not
// known counts as a failure: silence would pass for success.
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

// Wanted tells whether somebody who asked for these occasions is to be told of the run.
func (s Summary) Wanted(on []Occasion) bool {
	return slices.ContainsFunc(s.Occasions(), func(o Occasion) bool { return slices.Contains(on, o) })
}

package web

import (
	"slices"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
)

// outcome is the result of a run: one word, and the tone that belongs to it.
type outcome struct{ Word, Tone string }

// The outcomes that are no states of the store: a run that was done may have left something.
const (
	outcomePending = "changes_pending"
	outcomeBlocked = "blocked"
)

// outcomes are all outcomes, in the order of a run's life. A run that ended for other reasons than its devices has the
// word of its state.
var outcomes = []outcome{
	{"running", "wait"}, {"paused", "wait"}, {"waiting", "wait"}, {"approved", "wait"}, {"rejected", "idle"},
	{"superseded", "idle"}, {"expired", "idle"}, {"done", "good"}, {outcomePending, "wait"}, {outcomeBlocked, "bad"},
	{"stopped", "bad"}, {"interrupted", "bad"}, {"failed", "bad"},
}

// doneOutcomes are the words of a run that was done, by its documented exit code; another code means that it failed.
var doneOutcomes = map[int]string{0: "done", 2: outcomePending, 3: outcomeBlocked}

// outcomeOf returns the result of a run.
func outcomeOf(head report.RunHead) outcome {
	word := head.State
	if word == string(store.RunDone) && head.Exit != nil {
		var known bool
		if word, known = doneOutcomes[*head.Exit]; !known {
			word = string(store.RunFailed)
		}
	}
	at := slices.IndexFunc(outcomes, func(o outcome) bool { return o.Word == word })
	if at < 0 {
		return outcome{word, "bad"}
	}
	return outcomes[at]
}

func outcomeWords() []string {
	var words []string
	for _, o := range outcomes {
		words = append(words, o.Word)
	}
	return words
}

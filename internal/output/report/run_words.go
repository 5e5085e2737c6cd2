package report

import (
	"iter"

	"github.com/acfix/acfix/remediate"
)

// Word is a device's outcome in documents: verdict, status, "skipped", "waiting" or "no_result_yet".
type Word struct {
	Target  string
	Word    string
	Failure *remediate.Failure // nil where nothing failed
	// Failed reports whether views of the run list the device as failed.
	Failed bool
}

// RunWords yields the words of a run's devices, by position.
func RunWords(head RunHead, devices RunDevices) iter.Seq2[Word, error] {
	return func(yield func(Word, error) bool) {
		for e, err := range head.entries(devices) {
			word := Word{Target: e.Target, Word: e.Word, Failure: e.Failure, Failed: e.Grade == gradeFailed}
			if !yield(word, err) || err != nil {
				return
			}
		}
	}
}

package report

import (
	"iter"

	"github.com/acfix/acfix/remediate"
)

// Word is what became of one device of a run, in a word of the documents: a verdict or a
// status, "skipped", or "waiting" and "no_result_yet" while the run goes on.
type Word struct {
	Target  string
	Word    string
	Failure *remediate.Failure // nil where nothing failed
	// Failed tells whether the device failed, as views of runs group devices.
	Failed bool
}

// RunWords are the words of a run's devices, by position.
func RunWords(head RunHead, devices RunDevices) iter.Seq2[Word, error] {
	return func(yield func(Word, error) bool) {
		for e, err := range head.entries(devices) {
			if !yield(Word{Target: e.Target, Word: e.Word, Failure: e.Failure, Failed: e.Grade == gradeFailed}, err) || err != nil {
				return
			}
		}
	}
}

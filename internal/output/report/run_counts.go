package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// WordCount is how many devices of a run have a word.
type WordCount struct {
	Word    string
	Tone    string
	Count   int
	gravity int
}

// Counts returns how many devices of the run have which word, gravest first: the words that Show has for them, without
// their documents.
func (h RunHead) Counts(tallies []store.Tally) []WordCount {
	counts := map[string]int{}
	for _, tally := range tallies {
		counts[h.wordOf(tally)] += tally.Count
	}
	var list []WordCount
	for word, n := range counts {
		of := WordCount{Word: word, Count: n}
		of.Tone, of.gravity = ToneOf(word)
		if word == WordWaiting || word == WordInHand {
			of.Tone, of.gravity = gradeTones[gradePending], int(gradePending)
		}
		list = append(list, of)
	}
	slices.SortFunc(list, func(a, b WordCount) int {
		return cmp.Or(cmp.Compare(a.gravity, b.gravity), strings.Compare(a.Word, b.Word))
	})
	return list
}

// wordOf is the word of a device that Show gives it.
func (h RunHead) wordOf(of store.Tally) string {
	verdict := remediate.Verdict(of.Verdict)
	decided := verdict != "" && (h.plans() || h.dry() || verdict != remediate.Change)
	switch {
	case of.Status != "":
		return of.Status
	case of.Skipped:
		return string(remediate.Skipped)
	case decided && h.plans():
		return of.Verdict
	case decided:
		return string(remediate.NewResult(remediate.DevicePlan{Verdict: verdict}).Status)
	}
	begun := verdict != "" && of.State != store.DeviceWaiting
	switch {
	case !h.ended() && begun && of.State != store.DeviceDone:
		return WordInHand
	case !h.ended():
		return WordWaiting
	case begun:
		return string(remediate.Failed)
	default:
		return string(remediate.Skipped)
	}
}

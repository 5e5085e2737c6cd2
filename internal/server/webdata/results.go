package webdata

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// results counts the devices of a run by verdict or status, the most urgent first. It reads none of them.
func (s *Provider) results(ctx context.Context, head report.RunHead) ([]web.WordCount, error) {
	tallies, err := s.store.Tallies(ctx, head.ID)
	if err != nil {
		return nil, webError(err)
	}
	counts := map[string]int{}
	for _, tally := range tallies {
		counts[wordOf(head, tally)] += tally.Devices
	}
	gravities := map[string]int{}
	results := make([]web.WordCount, 0, len(counts))
	for word, n := range counts {
		tone, gravity := toneOf(word)
		gravities[word] = gravity
		results = append(results, web.WordCount{Word: word, Tone: tone, Count: n})
	}
	slices.SortFunc(results, func(a, b web.WordCount) int {
		return cmp.Or(gravities[a.Word]-gravities[b.Word], strings.Compare(a.Word, b.Word))
	})
	return results, nil
}

// The words of devices without a result, as the page of their run has them.
const (
	wordWaiting = "waiting"
	wordInHand  = "no_result_yet"
)

// wordOf returns the word of devices as the page of their run has it (report.RunHead.Show).
func wordOf(head report.RunHead, tally store.Tally) string {
	verdict, running := remediate.Verdict(tally.Verdict), head.Ended.IsZero()
	begun := tally.State != store.DeviceWaiting && verdict == remediate.Change
	switch {
	case tally.Status != "":
		return tally.Status
	case verdict != "" && head.Action == "plan":
		return tally.Verdict
	case verdict != "" && (verdict != remediate.Change || head.Action == "dry_run"):
		return string(remediate.NewResult(remediate.DevicePlan{Verdict: verdict}).Status)
	case running && begun:
		return wordInHand
	case running:
		return wordWaiting
	case begun:
		return string(remediate.Failed) // what it wrote is unknown
	default:
		return string(remediate.Skipped)
	}
}

func toneOf(word string) (tone string, gravity int) {
	if word == wordWaiting || word == wordInHand {
		word = string(remediate.Planned)
	}
	return report.ToneOf(word)
}

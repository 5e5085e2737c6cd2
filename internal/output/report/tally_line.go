package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Tally returns how many devices a run has, and how many with each word: "24: 14 applied, 5 blocked, 1 failed". The
// words are those of the run's own report. It reads no documents. A run without devices has an empty one.
func (l Ledger) Tally(ctx context.Context, head RunHead) (string, error) {
	tallies, err := l.Store.Tallies(ctx, head.ID)
	if err != nil {
		return "", err
	}
	return tallyLine(head.Counts(tallies[head.ID]), head.Pruned), nil
}

// tallyLine lists the words, the most frequent first.
func tallyLine(counts []WordCount, pruned int) string {
	slices.SortStableFunc(counts, func(a, b WordCount) int { return cmp.Compare(b.Count, a.Count) })
	var parts []string
	devices := pruned
	for _, one := range counts {
		parts = append(parts, fmt.Sprintf("%d %s", one.Count, Spaced(one.Word)))
		devices += one.Count
	}
	if devices == 0 {
		return ""
	}
	if pruned > 0 {
		parts = append(parts, fmt.Sprintf("%d deleted", pruned))
	}
	return fmt.Sprintf("%d: %s", devices, strings.Join(parts, ", "))
}

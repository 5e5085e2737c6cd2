package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// Tally returns how many devices a run has, and how many with each word: "24: 14 applied, 5 blocked, 1 failed". The
// words are those of the run's own report. It reads no documents. A run without devices has an empty one.
func (l Ledger) Tally(ctx context.Context, head RunHead) (string, error) {
	counts, err := l.Store.Counts(ctx, head.ID)
	if err != nil {
		return "", err
	}
	var counted tally
	for _, group := range counts {
		shown := head.Show(outlined(group))
		for range group.Devices {
			counted.count(shown)
		}
	}
	return counted.line(head.Pruned), nil
}

// outlined is a device of which no more is known than how far it has come.
func outlined(group store.Count) RunDevice {
	device := RunDevice{Waiting: group.State == store.DeviceWaiting}
	if group.Planned {
		device.Plan = &remediate.DevicePlan{Verdict: remediate.Verdict(group.Verdict), Skipped: group.Skipped}
	}
	if group.Finished {
		device.Result = &remediate.DeviceResult{Status: remediate.Status(group.Status)}
	}
	return device
}

// line lists the words, the most frequent first.
func (t tally) line(pruned int) string {
	if t.devices == 0 && pruned == 0 {
		return ""
	}
	totals := slices.SortedFunc(slices.Values(t.totals), func(a, b total) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Grade, b.Grade), strings.Compare(a.Word, b.Word))
	})
	var parts []string
	for _, one := range totals {
		parts = append(parts, fmt.Sprintf("%d %s", one.Count, Spaced(one.Word)))
	}
	if pruned > 0 {
		parts = append(parts, fmt.Sprintf("%d deleted", pruned))
	}
	return fmt.Sprintf("%d: %s", t.devices+pruned, strings.Join(parts, ", "))
}

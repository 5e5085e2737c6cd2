// Package progress shows the progress of a run to people or programs: as lines, as bars on a
// terminal, or as one event per line. It decides nothing; package report shows the results.
package progress

import (
	"fmt"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// Noter is a Watcher that draws on a terminal; other output has to go through Note.
type Noter interface {
	run.Watcher
	Note(line string)
}

// Ticker is a Watcher that counts something down. Tick is called again and again, with the time.
type Ticker interface{ Tick(now time.Time) }

func planWord(plan remediate.DevicePlan) string {
	if plan.Skipped && plan.Error != nil {
		return plan.Error.Message
	}
	if plan.Error != nil {
		return fmt.Sprintf("%s: %s", report.Spaced(string(plan.Verdict)), plan.Error.Message)
	}
	return report.Spaced(string(plan.Verdict))
}

func resultWord(result remediate.DeviceResult) string {
	if result.Error != nil {
		return fmt.Sprintf("%s: %s", report.Spaced(string(result.Status)), result.Error.Message)
	}
	return report.Spaced(string(result.Status))
}

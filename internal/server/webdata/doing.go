package webdata

import (
	"context"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/window"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// mostDoing bounds the journals that one view of a running run reads.
const mostDoing = 40

// addDoing adds to each device in progress what its journal says the run is doing. Without a journal that is unknown.
func (x *runIndex) addDoing(ctx context.Context, head report.RunHead, rows []web.RunRow) {
	left := mostDoing
	for i := range rows {
		row := &rows[i]
		if row.Doing, row.Since = "", (time.Time{}); row.Word != report.WordInHand || left == 0 {
			continue
		}
		left--
		device, err := x.ledger.Store.Device(ctx, head.ID, row.Position)
		if err != nil {
			continue
		}
		subject := evidence.Subject{Target: device.Target, URL: device.URL, Serial: device.Serial, MAC: device.MAC}
		entries, err := x.journal(ctx, subject)
		if shown, broken := report.DeviceOf(device); err == nil && broken == nil {
			row.Doing, row.Since = doing(head.ID, entries, shown.Plan)
		}
	}
}

// doings are what the last entry of a journal says that is being done; {step} is the entry's step.
var doings = map[remediate.Event]string{
	remediate.EventStart: "reads and takes the backup", remediate.EventBackup: "backup taken, begins to write",
	remediate.EventIntent: "", remediate.EventAnswer: "reads back: ", remediate.EventSeen: "done: ",
	remediate.EventRefused: "refused: ", remediate.EventUndone: "put back: ", remediate.EventAbsent: "not seen: ",
	remediate.EventEnd: "ends",
}

// doing returns what a run does at a device by its journal, and since when.
func doing(run string, entries []journal.Entry, plan *remediate.DevicePlan) (text string, since time.Time) {
	for i := len(entries) - 1; i >= 0; i-- {
		entry := entries[i]
		text, known := doings[entry.Event]
		if entry.Run == run && known {
			return text + stepOf(entry, plan), entry.Time
		}
	}
	return "", time.Time{}
}

// stepOf returns the entry's step as the plan words it; "" for an entry without one.
func stepOf(entry journal.Entry, plan *remediate.DevicePlan) string {
	if entry.Kind == "" {
		return ""
	}
	done := remediate.Step{Kind: entry.Kind, Context: entry.Context, SHA256: entry.Root}
	if plan != nil {
		for _, step := range plan.Steps {
			if step.Change() == done.Change() {
				return step.String()
			}
		}
	}
	return done.String()
}

// paceOf returns what a run waits for between its devices. A run whose settings this version can't read has no pace.
func paceOf(kept store.Run, now time.Time) web.RunPace {
	what, err := run.Recall(kept, run.Order{Settings: run.DefaultSettings()})
	if err != nil {
		return web.RunPace{}
	}
	set := what.Order.Settings
	pace := web.RunPace{Soak: set.Soak.Value, Pause: set.Pause.Value, Window: set.Window.Value}
	if set.Window.Value == "" {
		return pace
	}
	change, err := window.Parse(set.Window.Value)
	if err != nil {
		return web.RunPace{}
	}
	if pace.Until = change.Until(now); !pace.Until.IsZero() {
		pace.Open = true
		return pace
	}
	pace.Until = change.Opens(now)
	return pace
}

package remediate

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// setBundle switches "Use default CA Bundle" on or off in one TLS Context. It loads the whole row in the device's own
// columns, with one cell changed, from a configuration read right before each attempt.
func (r *run) setBundle(ctx context.Context, id int, on bool) error {
	return r.whileBusy(ctx, func(ctx context.Context) error {
		before, err := r.configurationAsBackedUp(ctx)
		if err != nil {
			return err
		}
		load, err := bundleLoad(before, id, on)
		if err != nil || load == nil {
			return err
		}
		err = r.writeOnce(ctx, write{
			what:    fmt.Sprintf("switch \"Use default CA Bundle\" %s in TLS Context %d", onOff[on], id),
			send:    func(ctx context.Context) error { return r.Device.LoadIncremental(ctx, load) },
			seen:    func(ctx context.Context) (bool, error) { return r.bundleShows(ctx, before, id, on) },
			event:   EventSeen,
			changes: []Step{*r.current},
		})
		if err := r.repair(ctx, before, err); err != nil {
			return err
		}
		return r.sameCertificate(ctx, id)
	})
}

var onOff = map[bool]string{true: "on", false: "off"}

// isSwitch reports whether a cell's text means the given position of the switch. Off is the column's default; any
// other text means neither on nor off.
func isSwitch(text string, on bool) bool {
	if on {
		return text == "1"
	}
	return text == "0" || ini.Cell(text).Unset()
}

// bundleLoad returns the partial INI file, or nil if the switch is already in that position.
func bundleLoad(before audiocodes.Configuration, id int, on bool) ([]byte, error) {
	tables, err := readTables(before.File)
	if err != nil {
		return nil, err
	}
	context, ok := tables.context(id)
	if !ok {
		return nil, fmt.Errorf("%w: TLS Context %d is gone", ErrDrift, id)
	}
	if cell, has := context.row.Cell(columnBundle); has && isSwitch(cell.Text(), on) {
		return nil, nil
	}
	if tables.servesManagement(id) {
		return nil, fmt.Errorf("%w: TLS Context %d serves the management interface now", ErrDrift, id)
	}
	row, err := context.switched(on)
	if err != nil {
		return nil, err
	}
	return before.Table(tableTLSContexts).Load(row), nil
}

// switched returns the device's own row with the bundle switch in the given position, and nothing else changed.
func (c tlsContext) switched(on bool) (ini.Row, error) {
	if c.row.HasSecret() {
		return ini.Row{}, fmt.Errorf("TLS Context %d holds an obscured secret, which can't be written back", c.index)
	}
	return c.row.With(columnBundle, map[bool]string{true: "1", false: "0"}[on])
}

// configurationAsBackedUp reads the configuration, which must still be the one that was planned
// with and backed up. What differs before the first write, while nothing waits unsaved, may be
// churn that the backup's two readings were too close together to show.
func (r *run) configurationAsBackedUp(ctx context.Context) (audiocodes.Configuration, error) {
	if now := r.confirmed; now != nil {
		r.confirmed = nil
		return *now, nil
	}
	var now Snapshot
	err := r.steady(ctx, func(ctx context.Context) error {
		if err := r.withUnit(ctx, now.readConfiguration(r.Device), true); err != nil {
			return err
		}
		return r.asBackedUp(ctx, now.Configuration)
	})
	return now.Configuration, err
}

// asBackedUp holds a configuration against the backup's.
func (r *run) asBackedUp(ctx context.Context, now audiocodes.Configuration) error {
	if r.unexpected(now.File).none() {
		return nil
	}
	if err := r.learnMore(ctx, now.File); err != nil {
		return err
	}
	if others := r.unexpected(now.File); !others.none() {
		return fmt.Errorf("%w: %s", ErrDrift, others)
	}
	return nil
}

// learnBeforeWriting reads the configuration a last time before the first write: slow churn can be learned only
// before it.
func (r *run) learnBeforeWriting(ctx context.Context) error {
	if r.attempted {
		return nil
	}
	_, err := r.configurationAsBackedUp(ctx)
	return err
}

// learnMore adds the differences from the backup to the churn, if no write was sent yet and nothing waited unsaved
// then or waits now. It records them in the journal before the first write.
func (r *run) learnMore(ctx context.Context, now *ini.File) error {
	if r.attempted || r.before.Status.SaveNeeded != audiocodes.No {
		return nil
	}
	status, err := r.Device.Status(ctx)
	if err != nil || status.SaveNeeded != audiocodes.No {
		return err
	}
	learned := learnChurn(r.before.Configuration.File, now)
	if len(learned) == 0 {
		return nil
	}
	r.churn = r.churn.with(learned)
	return r.recordBaseline()
}

// unexpected returns how a configuration differs from the backup in more than this plan changes.
func (r *run) unexpected(now *ini.File) changes {
	return compareConfigurations(r.before.Configuration.File, now).without(func(difference ini.Difference) bool {
		return isPlannedSwitch(difference, r.plan.Steps)
	}).withoutChurn(r.churn)
}

func isPlannedSwitch(difference ini.Difference, steps []Step) bool {
	return slices.ContainsFunc(steps, func(step Step) bool {
		on := step.Kind == StepEnableBundle
		return (on || step.Kind == StepDisableBundle) && setsSwitch(difference, *step.Context, on)
	})
}

// setsSwitch reports whether a difference puts the TLS Context's bundle switch into the given position.
func setsSwitch(difference ini.Difference, id int, on bool) bool {
	return strings.EqualFold(difference.Table, tableTLSContexts) &&
		strings.EqualFold(difference.Column, columnBundle) && difference.Index == id &&
		difference.Kind != ini.ColumnGone && isSwitch(difference.After.Cell().Text(), on)
}

// bundleShows reads the configuration back and compares all of it: just the one cell may
// differ. The context's certificate is read beside it.
func (r *run) bundleShows(
	ctx context.Context, before audiocodes.Configuration, id int, on bool,
) (shows bool, err error) {
	err = r.proving(func() (*besideStatus, error) {
		after, err := r.readLoaded(ctx, id)
		if err != nil {
			return nil, err
		}
		shows, err = r.bundleAlone(before, after, id, on)
		if !shows || err != nil || after.Header(headerSerial) == "" {
			return nil, err
		}
		// A restart would have lost the switch, which is not saved, and another unit says another number.
		return &besideStatus{r.unit.newest, true}, nil
	})
	return shows, err
}

// readLoaded reads the configuration after a load, and keeps the context's certificate, where that can be read. Over
// a single connection the configuration is read last: it shows the unit.
func (r *run) readLoaded(ctx context.Context, id int) (audiocodes.Configuration, error) {
	var after Snapshot
	loaded := ContextFiles{ID: id}
	err := together(ctx, func(ctx context.Context) error {
		r.loaded = nil
		if loaded.readCertificate(r.Device)(ctx) == nil {
			r.loaded = &loaded
		}
		return nil
	}, after.readConfiguration(r.Device))
	return after.Configuration, err
}

// bundleAlone reports whether the switch shows. Whatever else differs is damage.
func (r *run) bundleAlone(before, after audiocodes.Configuration, id int, on bool) (bool, error) {
	shows := false
	others := compareConfigurations(before.File, after.File).without(func(difference ini.Difference) bool {
		ours := setsSwitch(difference, id, on)
		shows = shows || ours
		return ours
	}).withoutChurn(r.churn)
	if !others.none() {
		return false, &damageError{what: others.String(), shown: shows}
	}
	return shows, nil
}

// sameCertificate makes sure that the load of a TLS Context's row left its certificate as it was.
// docs/design/remediate.md: A certificate is read for the backup and after a load
func (r *run) sameCertificate(ctx context.Context, id int) error {
	was, _ := r.before.context(id)
	now := r.loaded
	r.loaded = nil
	return r.steady(ctx, func(ctx context.Context) error {
		if now == nil {
			now = &ContextFiles{ID: id}
			r.beside = nil // the status before the next write must be newer than this reading
			if err := now.readCertificate(r.Device)(ctx); err != nil {
				return err
			}
		}
		same := bytes.Equal(was.Certificate, now.Certificate)
		now = nil
		if !same {
			return fmt.Errorf("%w: after the switch, the certificate of TLS Context %d is not as it was", ErrDrift, id)
		}
		return nil
	})
}

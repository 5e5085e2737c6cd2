package webdata

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// pastRuns is the number of runs on a device's page.
const pastRuns = 30

// Fleet returns the last known state of all devices.
func (s *Provider) Fleet() web.FleetState { return *s.fleet.current.Load() }

// Device returns a device by its URL.
func (s *Provider) Device(ctx context.Context, url string) (web.DeviceDetail, error) {
	past, err := s.history(ctx, url)
	if err != nil {
		return web.DeviceDetail{}, err
	}
	var found web.DeviceDetail
	for i, kept := range past {
		head, device, err := s.past(ctx, kept)
		if errors.Is(err, store.ErrUnknownRun) {
			continue // deleted in the meantime
		}
		if err != nil {
			return web.DeviceDetail{}, webError(err)
		}
		shown := head.Show(device)
		found.History = append(found.History, web.DeviceRun{
			Run: head.ID, Action: head.Action, Job: head.Job, Ended: kept.Ended, Word: shown.Word, Tone: shown.Tone(),
		})
		if i == 0 {
			found.Head, found.Device = head, device
		}
	}
	if err := s.addJournal(ctx, &found, lastTold(past)); err != nil {
		found.JournalError = err.Error()
	}
	return found, nil
}

// history returns the device in its runs, newest first; web.ErrUnknown if there is none.
func (s *Provider) history(ctx context.Context, url string) ([]store.Device, error) {
	past, err := s.store.History(ctx, url, pastRuns)
	if err != nil {
		return nil, webError(err)
	}
	if len(past) == 0 {
		return nil, web.ErrUnknown
	}
	return past, nil
}

func (s *Provider) past(ctx context.Context, kept store.Device) (report.RunHead, report.RunDevice, error) {
	run, err := s.store.Run(ctx, kept.Run)
	if err != nil {
		return report.RunHead{}, report.RunDevice{}, err
	}
	head, err := s.Ledger.Head(run)
	if err != nil {
		return head, report.RunDevice{}, err
	}
	device, err := report.DeviceOf(kept)
	return head, device, err
}

// lastTold is the device as last identified: an unreadable device has no serial number. past is not empty.
func lastTold(past []store.Device) evidence.Subject {
	device := evidence.Subject{Target: past[0].Target, URL: past[0].URL}
	for _, tells := range []func(store.Device) bool{
		func(kept store.Device) bool { return kept.Serial != "" },
		func(kept store.Device) bool { return kept.MAC != "" },
	} {
		if i := slices.IndexFunc(past, tells); i >= 0 {
			device.Serial, device.MAC = past[i].Serial, past[i].MAC
			return device
		}
	}
	return device
}

func (s *Provider) addJournal(ctx context.Context, device *web.DeviceDetail, of evidence.Subject) error {
	entries, err := s.journal(ctx, of)
	for _, entry := range entries {
		text, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("read the journal: %w", err)
		}
		device.Journal = append(device.Journal, web.JournalEntry{
			Time: entry.Time, Run: entry.Run, Event: string(entry.Event), Text: string(text),
		})
		// A run records its backup again when it learns more about the device before its first write.
		again := func(kept web.BackupEntry) bool { return kept.Run == entry.Run && kept.Place == entry.Detail }
		if entry.Event == remediate.EventBackup && !slices.ContainsFunc(device.Backups, again) {
			taken := web.BackupEntry{Run: entry.Run, Taken: entry.Time, Place: entry.Detail}
			device.Backups = append(device.Backups, taken)
		}
	}
	slices.Reverse(device.Backups)
	return err
}

// journal reads a device's journals without retries: a page does not wait for an absent store.
func (s *Provider) journal(ctx context.Context, of evidence.Subject) ([]journal.Entry, error) {
	if !s.store.Shared() {
		return s.Journal(of)
	}
	return evidence.Stored(ctx, s.store, of)
}

// Backup returns a run's backup of a device. Only the device's journal says where it is.
func (s *Provider) Backup(ctx context.Context, url, run string) (web.BackupDownload, error) {
	past, err := s.history(ctx, url)
	if err != nil {
		return web.BackupDownload{}, err
	}
	of := lastTold(past)
	entries, err := s.journal(ctx, of)
	if err != nil {
		return web.BackupDownload{}, webError(err)
	}
	for _, entry := range slices.Backward(entries) {
		if entry.Event == remediate.EventBackup && entry.Run == run {
			kept, err := s.fetch(ctx, of, entry)
			return kept, webError(err)
		}
	}
	return web.BackupDownload{}, web.ErrUnknown
}

func (s *Provider) fetch(ctx context.Context, of evidence.Subject, entry journal.Entry) (web.BackupDownload, error) {
	if number, inStore := strings.CutPrefix(entry.Detail, evidence.InStore); inStore {
		return s.fetchStored(ctx, of, entry.Run, number)
	}
	read, err := backup.Read(entry.Detail)
	if err != nil {
		return web.BackupDownload{}, err
	}
	if read.Manifest.Run != entry.Run {
		return web.BackupDownload{}, fmt.Errorf("%w: it belongs to another run", backup.ErrDamaged)
	}
	name, data, err := read.Pack()
	return web.BackupDownload{Name: name + ".tar.gz", Data: data}, err
}

func (s *Provider) fetchStored(
	ctx context.Context, of evidence.Subject, run, number string,
) (web.BackupDownload, error) {
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return web.BackupDownload{}, web.ErrUnknown
	}
	artifact, data, err := s.store.Artifact(ctx, id)
	if err != nil {
		return web.BackupDownload{}, err
	}
	if artifact.Run != run || !slices.Contains(of.Names(), artifact.Device) || artifact.Kind != evidence.PackedBackup {
		return web.BackupDownload{}, web.ErrUnknown
	}
	return web.BackupDownload{Name: artifact.Name + ".tar.gz", Data: data}, nil
}

package webdata

import (
	"cmp"
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
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// pastRuns is the number of runs on a device's page.
const pastRuns = 30

// Fleet returns what is known of all devices.
func (s *Provider) Fleet() web.FleetState { return *s.fleet.current.Load() }

// Device returns a device by one of its addresses.
func (s *Provider) Device(ctx context.Context, url string) (web.DeviceDetail, error) {
	found, told, err := s.known(ctx, url)
	if err != nil {
		return web.DeviceDetail{}, webError(err)
	}
	past, err := s.history(ctx, found.Known.Addresses)
	if err != nil {
		return web.DeviceDetail{}, webError(err)
	}
	for _, kept := range past {
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
			Code: web.CodeOf(shown),
		})
	}
	if err := s.addJournal(ctx, &found, told); err != nil {
		found.JournalError = err.Error()
	}
	return found, nil
}

// known returns a device without its history, and what it told of itself last.
func (s *Provider) known(ctx context.Context, url string) (web.DeviceDetail, evidence.Subject, error) {
	var found web.DeviceDetail
	var ended, read *store.Device
	for i, address := range s.addresses(url) {
		at, err := s.store.At(ctx, address)
		if errors.Is(err, store.ErrUnknownDevice) && i > 0 {
			continue
		}
		if err != nil {
			return found, evidence.Subject{}, err
		}
		one := known.Of(at)
		if ended == nil || at.Ended != nil && at.Ended.Ended.After(ended.Ended) {
			ended = at.Ended
		}
		if read == nil || at.Read != nil && at.Read.KnownAt.After(read.KnownAt) {
			read = at.Read
		}
		if i == 0 {
			found.Known = one
		} else {
			found.Known = found.Known.With(one)
		}
	}
	var err error
	if found.Head, found.Device, err = s.past(ctx, *cmp.Or(ended, read)); err != nil {
		return found, evidence.Subject{}, err
	}
	if read != nil {
		found.Reading, err = readingOf(*read)
		found.BeforeWrites = writtenSince(found, *read)
	}
	told := evidence.Subject{
		Target: found.Known.Name, URL: found.Known.URL, Serial: found.Known.Serial, MAC: found.Known.MAC,
	}
	return found, told, err
}

// writtenSince returns the run that wrote to a device after it was read, and did not verify all of it; "" for none.
func writtenSince(found web.DeviceDetail, read store.Device) string {
	if newest := found.Device.Result; newest != nil && newest.WasWrittenTo() && found.Head.ID != read.Run {
		return found.Head.ID
	}
	if found.Reading == nil || found.Reading.Result != nil { // that result is of writes that were verified
		return ""
	}
	own, err := report.DeviceOf(read)
	if err == nil && own.Result != nil && own.Result.WasWrittenTo() {
		return read.Run
	}
	return ""
}

// addresses returns all addresses of the device at one of them, the present one first.
func (s *Provider) addresses(url string) []string {
	for _, row := range s.Fleet().Rows {
		if slices.Contains(row.Addresses, url) {
			return row.Addresses
		}
	}
	return []string{url}
}

// history returns the device in its runs, newest first.
func (s *Provider) history(ctx context.Context, urls []string) ([]store.Device, error) {
	var past []store.Device
	for _, url := range urls {
		some, err := s.store.History(ctx, url, pastRuns)
		if err != nil {
			return nil, err
		}
		past = append(past, some...)
	}
	slices.SortStableFunc(past, func(a, b store.Device) int { return b.Ended.Compare(a.Ended) })
	return past[:min(len(past), pastRuns)], nil
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

func (s *Provider) addJournal(ctx context.Context, device *web.DeviceDetail, of evidence.Subject) error {
	entries, err := s.journal(ctx, of)
	wrote := map[string]bool{} // by run
	for _, entry := range entries {
		wrote[entry.Run] = wrote[entry.Run] || entry.Event == remediate.EventIntent
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
			taken := web.BackupEntry{Run: entry.Run, Taken: entry.Time, Place: entry.Detail, Target: entry.Target}
			device.Backups = append(device.Backups, taken)
		}
	}
	for i, kept := range device.Backups {
		device.Backups[i].Wrote = wrote[kept.Run]
	}
	slices.Reverse(device.Backups)
	return errors.Join(err, s.addAction(ctx, device.Backups))
}

// addAction adds to the newest backup after which a run wrote what that run was; a deleted run stays unknown.
func (s *Provider) addAction(ctx context.Context, newestFirst []web.BackupEntry) error {
	at := slices.IndexFunc(newestFirst, func(kept web.BackupEntry) bool { return kept.Wrote })
	if at < 0 {
		return nil
	}
	run, err := s.store.Run(ctx, newestFirst[at].Run)
	if errors.Is(err, store.ErrUnknownRun) || err == nil && run.ID != newestFirst[at].Run {
		return nil
	}
	newestFirst[at].Action = run.Action
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
	_, of, err := s.known(ctx, url)
	if err != nil {
		return web.BackupDownload{}, webError(err)
	}
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

package main

import (
	"fmt"

	"filippo.io/age"
	"github.com/acfix/acfix/backup"
	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/target"
	"github.com/spf13/pflag"
)

// recipients is --backup-recipient: who may open the backups of this run.
type recipients struct {
	list []age.Recipient
	err  error
}

func (r *recipients) String() string { return "" }
func (r *recipients) Type() string   { return "age1..." }

// Set takes one recipient; the flag may repeat. Its error is kept for later: pflag would
// print the text with it, and that may be an identity by mistake.
func (r *recipients) Set(text string) error {
	recipient, err := backup.ParseRecipient(text)
	if err != nil {
		r.err = err
		return nil
	}
	r.list = append(r.list, recipient)
	return nil
}

func (a *app) registerRecipients(flags *pflag.FlagSet) {
	flags.Var(&a.flags.recipients, "backup-recipient", "encrypt the backup's files for this age recipient; may repeat")
}

// archive returns what puts a snapshot of one device on disk, with what a run is about to
// do to it.
func (a *app) archive(t target.Target, run string) func(remediate.Snapshot, remediate.DevicePlan) (string, error) {
	return func(snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
		directory, err := a.backupDirectory()
		if err != nil {
			return "", err
		}
		manifest, files := backupFor(t, run, snapshot, plan)
		return a.backupsOn(directory).Write(manifest, files)
	}
}

// backupsOn is a directory of backups, with whom may open what is written.
func (a *app) backupsOn(directory string) backup.Store {
	return backup.Store{Directory: directory, Disk: backup.OS{}, Recipients: a.flags.recipients.list}
}

// backupFor is the backup of a device that a run is about to change.
func backupFor(t target.Target, run string, snapshot remediate.Snapshot, plan remediate.DevicePlan) (backup.Manifest, []backup.File) {
	manifest, files := backupOf(snapshot)
	manifest.Acfix, manifest.Target, manifest.URL, manifest.Run = version, t.Name, t.URL, run
	for _, step := range plan.Steps {
		manifest.Steps = append(manifest.Steps, backup.Step{Kind: string(step.Kind), Context: step.Context, Root: step.Root, SHA256: step.SHA256})
	}
	return manifest, files
}

const (
	statusFile        = "status.json"
	configurationFile = "configuration.ini"
)

func backupOf(snapshot remediate.Snapshot) (backup.Manifest, []backup.File) {
	manifest := backup.Manifest{
		Taken:   snapshot.Taken.UTC(),
		Product: snapshot.Status.Product, Serial: snapshot.Status.Serial, Firmware: snapshot.Status.Firmware,
		Contexts: []backup.Context{},
	}
	files := []backup.File{
		{Name: statusFile, Data: snapshot.Status.Raw},
		{Name: configurationFile, Data: []byte(snapshot.Configuration.Raw)},
	}
	for _, context := range snapshot.Contexts {
		folder := fmt.Sprintf("tls-%d", context.ID)
		entry := backup.Context{ID: context.ID, Name: context.Name, TrustedRoots: folder + "/trusted-roots.pem", Absent: context.Roots.Absent}
		files = append(files, backup.File{Name: entry.TrustedRoots, Data: context.Roots.PEM})
		if context.Certificate != nil {
			entry.Certificate = folder + "/certificate.pem"
			files = append(files, backup.File{Name: entry.Certificate, Data: context.Certificate})
		}
		manifest.Contexts = append(manifest.Contexts, entry)
	}
	return manifest, files
}

// identities reads --identity; none when it was not given.
func identities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	text, err := readPrivate(path, "--identity")
	if err != nil {
		return nil, err
	}
	list, err := backup.ParseIdentities(text)
	if err != nil {
		return nil, misuse.New("give the file that age-keygen made", "--identity: %s", err)
	}
	return list, nil
}

// restorePoint is a verified backup in the form that a restore is planned from.
func restorePoint(kept backup.Backup, keys []age.Identity) (remediate.RestorePoint, error) {
	configuration, err := kept.File(configurationFile, keys)
	if err != nil {
		return remediate.RestorePoint{}, err
	}
	before := remediate.Snapshot{Taken: kept.Manifest.Taken}
	before.Status.Product, before.Status.Serial, before.Status.Firmware = kept.Manifest.Product, kept.Manifest.Serial, kept.Manifest.Firmware
	before.Configuration.Raw = string(configuration)
	for _, entry := range kept.Manifest.Contexts {
		files := remediate.ContextFiles{ID: entry.ID, Name: entry.Name}
		if files.Roots.PEM, err = kept.File(entry.TrustedRoots, keys); err != nil {
			return remediate.RestorePoint{}, err
		}
		files.Roots.Absent = entry.Absent
		before.Contexts = append(before.Contexts, files)
	}
	var steps []remediate.Step
	for _, step := range kept.Manifest.Steps {
		steps = append(steps, remediate.Step{Kind: remediate.StepKind(step.Kind), Context: step.Context, Root: step.Root, SHA256: step.SHA256})
	}
	return remediate.NewRestorePoint(before, steps)
}

package evidence

import (
	"fmt"

	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/remediate"
)

// PackedBackup is the kind of an artifact that is a backup, which is named by InStore and the artifact's ID.
const (
	PackedBackup = "backup"
	InStore      = "store:"
)

// Backups makes backups of devices.
type Backups struct {
	Store backup.Store
	Acfix string // the version that makes them
}

// Write puts a backup on disk, with the steps that a run is about to take, and returns its directory.
func (b Backups) Write(of Subject, run string, snapshot remediate.Snapshot, plan remediate.DevicePlan) (string, error) {
	return b.Store.Write(b.backup(of, run, snapshot, plan))
}

// Keep puts on disk what was read from a device whose configuration can't be parsed. It can't be restored from.
func (b Backups) Keep(of Subject, snapshot remediate.Snapshot, why error) (string, error) {
	manifest, files := b.backup(of, "", snapshot, remediate.DevicePlan{})
	manifest.Unjudged = why.Error()
	return b.Store.Write(manifest, files)
}

// pack returns the backup of Write as one archive, for a store to keep.
func (b Backups) pack(
	of Subject, run string, snapshot remediate.Snapshot, plan remediate.DevicePlan,
) (name string, data []byte, err error) {
	return b.Store.Pack(b.backup(of, run, snapshot, plan))
}

func (b Backups) backup(
	of Subject, run string, snapshot remediate.Snapshot, plan remediate.DevicePlan,
) (backup.Manifest, []backup.File) {
	manifest, files := contents(snapshot)
	manifest.Acfix, manifest.Run = b.Acfix, run
	manifest.Target, manifest.URL = of.Target, of.URL
	for _, step := range plan.Steps {
		manifest.Steps = append(manifest.Steps, backup.Step{
			Kind: string(step.Kind), Context: step.Context, Root: step.Root, SHA256: step.SHA256,
		})
	}
	return manifest, files
}

const (
	StatusFile        = "status.json"
	configurationFile = "configuration.ini"
)

func contents(snapshot remediate.Snapshot) (backup.Manifest, []backup.File) {
	status := snapshot.Status
	manifest := backup.Manifest{
		Taken:   snapshot.Taken.UTC(),
		Product: status.Product, Serial: status.Serial, MAC: status.MAC, Firmware: status.Firmware,
		Contexts: []backup.Context{},
	}
	files := []backup.File{
		{Name: StatusFile, Data: status.Raw},
		{Name: configurationFile, Data: []byte(snapshot.Configuration.Raw)},
	}
	for _, context := range snapshot.Contexts {
		folder := fmt.Sprintf("tls-%d", context.ID)
		entry := backup.Context{
			ID: context.ID, Name: context.Name, TrustedRoots: folder + "/trusted-roots.pem",
			Absent: context.Roots.Absent,
		}
		files = append(files, backup.File{Name: entry.TrustedRoots, Data: context.Roots.PEM})
		if context.Certificate != nil {
			entry.Certificate = folder + "/certificate.pem"
			files = append(files, backup.File{Name: entry.Certificate, Data: context.Certificate})
		}
		manifest.Contexts = append(manifest.Contexts, entry)
	}
	return manifest, files
}

// RestorePoint returns what a restore is planned from, out of a verified backup. The keys decrypt an encrypted one.
// Errors: backup.ErrUnjudged, backup.ErrSealed, backup.ErrDamaged, and those of remediate.NewRestorePoint.
func RestorePoint(kept backup.Backup, keys []age.Identity) (remediate.RestorePoint, error) {
	if why := kept.Manifest.Unjudged; why != "" {
		return remediate.RestorePoint{}, fmt.Errorf("%w (%s)", backup.ErrUnjudged, why)
	}
	configuration, err := kept.File(configurationFile, keys)
	if err != nil {
		return remediate.RestorePoint{}, err
	}
	before := remediate.Snapshot{Taken: kept.Manifest.Taken}
	before.Status.Product, before.Status.Firmware = kept.Manifest.Product, kept.Manifest.Firmware
	before.Status.Serial, before.Status.MAC = kept.Manifest.Serial, kept.Manifest.MAC
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
		steps = append(steps, remediate.Step{
			Kind: remediate.StepKind(step.Kind), Context: step.Context, Root: step.Root, SHA256: step.SHA256,
		})
	}
	return remediate.NewRestorePoint(before, steps)
}

// Damaged returns the failure for a damaged backup.
func Damaged(err error) *remediate.Failure {
	return &remediate.Failure{
		Code: remediate.CodeBackupDamaged, Message: err.Error(),
		Hint: "Nothing was read from or written to a device. " +
			"Use another backup of the same device (acfix backup list), or a copy of this one.",
	}
}

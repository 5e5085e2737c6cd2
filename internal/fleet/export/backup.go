package export

import (
	"errors"
	"fmt"

	"filippo.io/age"
	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

func (r Reader) readBackup(directory string) (remediate.Export, error) {
	kept, err := backup.Read(directory)
	if err != nil {
		if errors.Is(err, backup.ErrDamaged) {
			return remediate.Export{}, fmt.Errorf("%s: %w", directory, err)
		}
		return remediate.Export{}, unreadable(directory, err)
	}
	var keys []age.Identity
	if r.Identities != nil {
		if keys, err = r.Identities(); err != nil {
			return remediate.Export{}, err
		}
	}
	read, err := exportOf(kept, keys)
	switch {
	case errors.Is(err, backup.ErrSealed):
		return remediate.Export{}, usage.Errorf("%s: %s", directory, err).
			Hint("give --identity with the file of an age identity that it was encrypted for")
	case err != nil:
		return remediate.Export{}, fmt.Errorf("%s: %w", directory, err)
	}
	return read, nil
}

// exportOf returns all that a verified backup keeps of a device. Errors: those of evidence.RestorePoint.
func exportOf(kept backup.Backup, keys []age.Identity) (remediate.Export, error) {
	point, err := evidence.RestorePoint(kept, keys)
	if err != nil {
		return remediate.Export{}, err
	}
	read := remediate.Export{
		Taken: kept.Manifest.Taken, TakenBy: remediate.TakenByBackup,
		Configuration: point.Before.Configuration, Status: point.Before.Status,
		Stores: map[int]audiocodes.TrustedRoots{}, Certificates: map[int][]byte{},
	}
	if raw, err := kept.File(evidence.StatusFile, keys); err == nil {
		if status, err := audiocodes.ParseStatus(raw); err == nil {
			read.Status = status
		}
	}
	for _, files := range point.Before.Contexts {
		read.Stores[files.ID] = files.Roots
	}
	for _, entry := range kept.Manifest.Contexts {
		if entry.Certificate == "" {
			continue
		}
		if read.Certificates[entry.ID], err = kept.File(entry.Certificate, keys); err != nil {
			return remediate.Export{}, err
		}
	}
	return read, nil
}

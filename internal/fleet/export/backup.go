package export

import (
	"errors"
	"fmt"

	"filippo.io/age"
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
	read, err := evidence.Export(kept, keys)
	switch {
	case errors.Is(err, backup.ErrSealed):
		return remediate.Export{}, usage.Errorf("%s: %s", directory, err).
			Hint("give --identity with the file of an age identity that it was encrypted for")
	case err != nil:
		return remediate.Export{}, fmt.Errorf("%s: %w", directory, err)
	}
	if r.Firmware != "" {
		read.Status.Firmware = r.Firmware
	}
	return read, nil
}

package main

import (
	"errors"
	"fmt"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// plan verifies the backup and reads the device with a client that is unable to write.
func (j *restoreJob) plan(directory string) (remediate.RestorePlan, error) {
	kept, err := j.open(directory)
	if errors.Is(err, backup.ErrDamaged) {
		plan := remediate.ErrorRestorePlan(evidence.Damaged(err))
		plan.Target, plan.Backup = directory, directory
		return plan, nil
	}
	if err != nil {
		return remediate.RestorePlan{}, err
	}
	j.backupOf = kept.Manifest.Run
	inventoryFile, err := j.app.readInventory(j.given.connection)
	if err != nil {
		return remediate.RestorePlan{}, err
	}
	if j.work.Device, err = j.whereabouts(inventoryFile).Device(kept.Manifest); err != nil {
		return remediate.RestorePlan{}, err
	}
	if kept.Manifest.Encryption != "" && len(j.app.flags.recipients.list) == 0 && !j.given.dryRun {
		j.app.warn("this backup is encrypted; the one that is made before the restore is not, " +
			"unless --backup-recipient says for whom")
	}
	if err := j.app.resolve(j.given.connection, inventoryFile, []*access.Device{j.work.Device}); err != nil {
		return remediate.RestorePlan{}, err
	}
	plan := j.read()
	plan.Target = j.work.Device.Name
	plan.URL = j.work.Device.URL
	plan.Backup = directory
	plan.Taken = kept.Manifest.Taken
	return plan, nil
}

// open verifies and opens the backup.
func (j *restoreJob) open(directory string) (backup.Backup, error) {
	keys, err := j.app.identities(j.given.identity)
	if err != nil {
		return backup.Backup{}, err
	}
	kept, err := j.app.readBackup(directory)
	if err != nil {
		return backup.Backup{}, unreadable(directory, err)
	}
	err = j.work.Open(kept, keys)
	switch {
	case errors.Is(err, backup.ErrSealed):
		return backup.Backup{}, usage.Errorf("%s", err).
			Hint("give --identity with the file of an age identity that it was encrypted for")
	case errors.Is(err, backup.ErrUnjudged):
		const hint = "give the backup of an apply; this one is for people to look into"
		return backup.Backup{}, usage.Errorf("%s: %s", directory, err).Hint(hint)
	case err != nil && !errors.Is(err, backup.ErrDamaged):
		return backup.Backup{}, fmt.Errorf("%w: %w", backup.ErrDamaged, err)
	}
	return kept, err
}

// read reads the device and plans the restore.
func (j *restoreJob) read() remediate.RestorePlan {
	if j.work.Device.NoPassword == nil {
		j.app.say("reading %s", j.work.Device.Name)
	}
	return j.work.Plan(remediate.RestoreTerms{
		ConfirmSerial: j.given.confirmSerial(), SaveUnsaved: j.given.settings.SaveUnsaved.Value,
	})
}

type restoreFlags struct {
	connection
	url, identity, run string
	confirmSerials     []string
	dryRun, yes        bool
}

// restoreJob is one "acfix restore".
type restoreJob struct {
	app   *app
	given restoreFlags
	work  *run.Restore

	backupOf string // the run that made the backup
}

// confirmSerial is the serial number of a restore of one device.
func (f restoreFlags) confirmSerial() string {
	if len(f.confirmSerials) == 0 {
		return ""
	}
	return f.confirmSerials[0]
}

package main

import (
	"errors"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// open opens and verifies the backups. One that can't be used fails its device before anything is sent to it.
func (j *restoreRunJob) open() error {
	keys, err := j.app.identities(j.given.identity)
	if err != nil {
		return err
	}
	devices := j.fleet.Devices
	j.restore = &run.RestoreFleet{
		Run: j.fleet.Run, Works: make([]*run.Restore, len(devices)), Plans: make([]remediate.RestorePlan, len(devices)),
		Terms: remediate.RestoreTerms{SaveUnsaved: j.given.settings.SaveUnsaved.Value},
	}
	for place, device := range devices {
		work := &run.Restore{
			Process: j.app.process(), ID: j.fleet.ID, Device: device, Evidence: j.fleet.Evidence,
		}
		j.restore.Works[place], j.restore.Plans[place] = work, remediate.RestorePlan{Backup: j.backups[place]}
		backup, err := j.app.readBackup(j.backups[place])
		if err == nil && backup.Manifest.Run != j.kept.ID {
			err = errors.New("the backup is not of that run")
		}
		if err == nil {
			err = work.Open(backup, keys)
		}
		if err != nil {
			plan := remediate.ErrorRestorePlan(unusableBackup(err))
			plan.Target, plan.URL, plan.Backup = device.Name, device.URL, j.backups[place]
			j.restore.Plans[place] = plan
		}
	}
	return nil
}

// unusableBackup is the failure of a device whose backup can't be used.
func unusableBackup(err error) *remediate.Failure {
	if errors.Is(err, backup.ErrDamaged) {
		return evidence.Damaged(err)
	}
	return &remediate.Failure{
		Code: remediate.CodeBackupFailed, Message: "the backup can't be used: " + usage.Reason(err),
		Hint: "Nothing was sent to the device. See \"acfix backup list\"; an encrypted backup needs --identity.",
	}
}

package main

import (
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// confirmAge asks before it makes a package of what is old: the device has perhaps changed since.
func (j *packageJob) confirmAge(plan remediate.Plan) error {
	for _, device := range plan.Devices {
		made := device.Source.Taken
		if !device.Source.IsFile() {
			made = plan.Created
		}
		at, err := time.Parse(time.RFC3339, made)
		if err != nil || device.Verdict != remediate.Change || j.app.now().Sub(at) <= j.flags.settings.MaxAge.Value {
			continue
		}
		if err := j.confirmOld(device, at); err != nil {
			return err
		}
	}
	return nil
}

// taken names what an export's time is the time of, for the operator to judge it.
var taken = map[remediate.TakenBy]string{
	"":                      "the time of the plan",
	remediate.TakenByFile:   "the file's own time",
	remediate.TakenByMember: "the time of the configuration in the package",
	remediate.TakenByBackup: "the time of the backup",
}

func (j *packageJob) confirmOld(device remediate.DevicePlan, at time.Time) error {
	old := usage.Errorf("what %s is planned from is of %s (%s), older than --max-age", foreign.Clean(device.Target),
		at.Format(time.DateOnly), taken[device.Source.TakenBy]).
		Hint("export it again; --yes takes it all the same")
	switch {
	case j.yes:
		j.app.warn(old.Error())
		return nil
	case !j.app.stdinIsTerminal:
		return old
	case j.app.askYes(old.Error() + ". Make the package all the same?"):
		return nil
	}
	j.app.complain(old)
	return exitCode(exitFailed)
}

package main

import (
	"time"

	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// confirmAge asks before it makes a package of what is old: the device has perhaps changed since.
func (j *packageJob) confirmAge(plan remediate.Plan) error {
	for _, device := range plan.Devices {
		taken := device.Source.Taken
		if !device.Source.IsFile() {
			taken = plan.Created
		}
		at, err := time.Parse(time.RFC3339, taken)
		if err != nil || device.Verdict != remediate.Change || j.app.now().Sub(at) <= j.flags.settings.MaxAge.Value {
			continue
		}
		if err := j.confirmOld(device.Target, at); err != nil {
			return err
		}
	}
	return nil
}

func (j *packageJob) confirmOld(target string, taken time.Time) error {
	old := usage.Errorf("what %s is planned from is of %s, older than --max-age", target,
		taken.Format(time.DateOnly)).
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

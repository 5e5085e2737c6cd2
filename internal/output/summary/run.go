package summary

import (
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// Run returns the sheet of one run. The devices of a run in progress that have no result yet are unknown.
func Run(head report.RunHead, devices report.RunDevices, now time.Time) (*Sheet, error) {
	s := &Sheet{Title: runTitle(head), Run: head.ID, Made: now.UTC()}
	for device, err := range devices {
		if err != nil {
			return nil, err
		}
		shown := head.Show(device)
		group, code := outcome(shown)
		s.add(sighting{
			group: group, code: code, name: device.Target, addresses: []string{device.URL}, read: readAt(head, device),
		})
	}
	s.finish()
	return s, nil
}

func runTitle(head report.RunHead) string {
	title := "Run " + head.ID + ", " + report.Spaced(head.Action)
	if head.Job != "" {
		title += " of job " + head.Job
	}
	return title
}

// readAt returns when the run read the device; where no time is on record, the end or the beginning of the run.
func readAt(head report.RunHead, device report.RunDevice) time.Time {
	for _, at := range []time.Time{device.Ended, head.Ended} {
		if !at.IsZero() {
			return at
		}
	}
	return head.Created
}

// outcomes are the groups of the words of a run. Any other word is unknown.
var outcomes = map[string]Group{
	string(remediate.Compliant): Compliant, string(remediate.Applied): Compliant, string(remediate.Unchanged): Compliant,
	string(remediate.Change): ByAcfix, string(remediate.Planned): ByAcfix,
	string(remediate.Blocked):       ByPerson,
	string(remediate.NotApplicable): Apart,
	string(remediate.Failed):        ByPerson, string(remediate.RolledBack): ByPerson, string(remediate.Stale): ByPerson,
}

// outcome returns the group of a device in a run and the code that says why.
func outcome(shown report.Shown) (Group, string) {
	group, known := outcomes[shown.Word]
	code := ""
	if shown.Failure != nil {
		code = shown.Failure.Code
	}
	read := shown.Plan != nil && shown.Plan.Verdict != remediate.Errored
	switch {
	case shown.Word == string(remediate.Skipped) && read && shown.Plan.Verdict == remediate.Change:
		return ByAcfix, ""
	case shown.Word == string(remediate.Skipped):
		return Unknown, skipped
	case !known && code == "":
		return Unknown, notYet
	case !known, group == ByPerson && !read && shown.Word == string(remediate.Failed):
		return Unknown, code
	case shown.Word == string(remediate.Blocked):
		return ByPerson, obstacle(shown.Findings)
	case group == ByPerson && code == "":
		return ByPerson, shown.Word
	case group == ByPerson:
		return ByPerson, code
	}
	return group, ""
}

func obstacle(findings []remediate.Finding) string {
	for _, finding := range findings {
		if finding.Level == remediate.Problem {
			return finding.Code
		}
	}
	return ""
}

package summary

import (
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/remediate"
)

// Fleet returns the sheet of the devices as last known. Of those, the ones that are not listed only count as gone.
// unmet are the names of listed devices that no run has met: they are unknown.
func Fleet(devices []known.Device, unmet []string, now time.Time) *Sheet {
	s := &Sheet{Title: "The fleet as last known", Made: now.UTC()}
	for _, d := range devices {
		if !d.Listed {
			s.Gone++
			continue
		}
		group, code := standing(d)
		if group == Compliant && failedSince(d) {
			s.Unreached++
		}
		s.add(sighting{group: group, code: code, name: d.Name, addresses: d.Addresses, read: d.Read})
	}
	for _, name := range unmet {
		s.add(sighting{group: Unknown, code: neverRead, name: name})
	}
	s.finish()
	return s
}

// standing returns the group of a device and the code that says why.
func standing(d known.Device) (Group, string) {
	switch remediate.Verdict(d.Verdict) {
	case remediate.Compliant:
		return Compliant, ""
	case remediate.NotApplicable:
		return Apart, ""
	case remediate.Blocked:
		return ByPerson, firstOf(d.Obstacles)
	case remediate.Change:
		if failedSince(d) {
			return ByPerson, failureOf(d)
		}
		return ByAcfix, ""
	}
	if d.Failure != "" {
		return Unknown, d.Failure
	}
	return Unknown, neverRead
}

// failures are the words of a result after which a person must look.
var failures = []string{
	string(remediate.Failed), string(remediate.RolledBack), string(remediate.Stale), string(remediate.Errored),
}

// failedSince reports whether the device's last run failed there, at or after its last reading.
func failedSince(d known.Device) bool {
	return slices.Contains(failures, d.Result) && !d.Ended.Before(d.Read)
}

// failureOf returns the code of a failure, or without one the word of the result.
func failureOf(d known.Device) string {
	if d.Failure != "" {
		return d.Failure
	}
	return d.Result
}

func firstOf(codes []string) string {
	if len(codes) == 0 {
		return ""
	}
	return codes[0]
}

package remediate

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// onlyAgreed fails if a plan that is a save alone would save more than what waited when it was made.
func (r *run) onlyAgreed(snapshot Snapshot) error {
	if len(r.plan.Saves) == 0 || snapshot.Status.SaveNeeded == audiocodes.No {
		return nil
	}
	now := baselineOf(snapshot.Configuration.File, nil, nil)
	others := r.plan.savesBesides(now, r.knownChurn(snapshot))
	if len(others) == 0 {
		return nil
	}
	return fmt.Errorf("%w: the save would keep what was changed since: %s", ErrDrift, strings.Join(others, ", "))
}

// savesBesides lists, of a plan that is a save alone, what of the configuration is not as it was when the plan was made:
// the operator agreed to save no more than what waited then. It leaves out what the device changes by itself, and is
// empty for every other plan and where nothing is to be saved any more.
// docs/design/remediate.md: A save alone is a plan
func (p DevicePlan) savesBesides(now Baseline, churn Churn) []string {
	if len(p.Saves) == 0 || len(now) == 0 {
		return nil
	}
	var others []string
	for _, key := range keysOf(p.Saves, now) {
		if p.Saves[key] != now[key] && !churn.touches(key) {
			others = append(others, inWords(key))
		}
	}
	return others
}

// touches reports whether some of what a key of a Baseline stands for is churn.
func (c Churn) touches(key string) bool {
	for part := range c {
		if key == keyParameters && strings.HasPrefix(part, churnOfParameter("")) ||
			strings.HasPrefix(part, churnOfTable(key)) {
			return true
		}
	}
	return false
}

package run

import (
	"sync"

	"github.com/acfix/acfix/remediate"
)

// switchLoads are those of plans, by the place of the device. No store has them: they are configuration.
type switchLoads struct {
	mutex   sync.Mutex
	byPlace map[int]remediate.SwitchLoad
}

// KeepSwitchLoads makes the run keep, in memory, the SwitchLoad of each plan that it makes; Plans gives them back.
func (r *Run) KeepSwitchLoads() { r.loads = &switchLoads{byPlace: map[int]remediate.SwitchLoad{}} }

// of returns the SwitchLoad of a device's plan; the zero value if the plan has none, or another process made it.
func (l *switchLoads) of(place int) remediate.SwitchLoad {
	if l == nil {
		return remediate.SwitchLoad{}
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.byPlace[place]
}

func (l *switchLoads) keep(place int, plan remediate.DevicePlan) {
	if l == nil || plan.SwitchLoad == (remediate.SwitchLoad{}) {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.byPlace[place] = plan.SwitchLoad
}

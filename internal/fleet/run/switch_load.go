package run

import (
	"sync"

	"github.com/acfix/acfix/remediate"
)

// switchLoads are the partial INI files of plans, by the place of the device. No store has them: they are
// configuration.
type switchLoads struct {
	mutex   sync.Mutex
	byPlace map[int]string
}

// KeepSwitchLoads makes the run keep, in memory, the SwitchLoad of each plan that it makes; Plans gives them back.
func (r *Run) KeepSwitchLoads() { r.loads = &switchLoads{byPlace: map[int]string{}} }

// of returns the SwitchLoad of a device's plan; "" if the plan has none, or another process made it.
func (l *switchLoads) of(place int) string {
	if l == nil {
		return ""
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.byPlace[place]
}

func (l *switchLoads) keep(place int, plan remediate.DevicePlan) {
	if l == nil || plan.SwitchLoad == "" {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.byPlace[place] = plan.SwitchLoad
}

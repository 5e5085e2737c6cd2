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

// KeepSwitchLoads makes the run keep, in memory, the SwitchLoad of each plan that it makes.
func (r *Run) KeepSwitchLoads() { r.loads = &switchLoads{byPlace: map[int]string{}} }

// SwitchLoad returns that of the plan of a device; "" if the plan has none, or was made by another process.
func (r *Run) SwitchLoad(place int) string {
	if r.loads == nil {
		return ""
	}
	r.loads.mutex.Lock()
	defer r.loads.mutex.Unlock()
	return r.loads.byPlace[place]
}

func (l *switchLoads) keep(place int, plan remediate.DevicePlan) {
	if l == nil || plan.SwitchLoad == "" {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.byPlace[place] = plan.SwitchLoad
}

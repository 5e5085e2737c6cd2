package web

import (
	"fmt"
	"strings"

	"github.com/acfix/acfix/remediate"
)

// Effect is what carrying out a plan does to devices.
type Effect struct {
	Devices int // that are written to
	Steps   map[remediate.StepKind]int
}

// EffectOf sums up the devices of a plan that has not been carried out.
func EffectOf(rows []RunRow) Effect {
	effect := Effect{Steps: map[remediate.StepKind]int{}}
	for _, row := range rows {
		if row.Word != string(remediate.Change) {
			continue
		}
		effect.Devices++
		for _, kind := range row.Steps {
			effect.Steps[kind]++
		}
	}
	return effect
}

// Words counts the steps by their kinds: "2 switches, 7 imports, 3 saves". A backup writes nothing to a device and is
// left out.
func (e Effect) Words() string {
	var parts []string
	for _, kind := range remediate.StepKinds() {
		if n := e.Steps[kind]; n > 0 && kind != remediate.StepBackup {
			noun, _, _ := strings.Cut(kind.Counted(n), " ")
			parts = append(parts, fmt.Sprintf("%d %s", n, noun))
		}
	}
	return strings.Join(parts, ", ")
}

// stepsInWords counts the steps of one plan as Effect does.
func stepsInWords(plan *remediate.DevicePlan) string {
	if plan == nil {
		return ""
	}
	row := RunRow{Word: string(remediate.Change)}
	for _, step := range plan.Steps {
		row.Steps = append(row.Steps, step.Kind)
	}
	return EffectOf([]RunRow{row}).Words()
}

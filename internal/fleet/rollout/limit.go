package rollout

import (
	"fmt"
	"strconv"
	"strings"
)

// Limit is a number of devices, or a percentage of all devices of a run. The zero value
// allows none.
type Limit struct {
	count   int
	percent int
	least   int
}

// Count is a limit of n devices.
func Count(n int) Limit { return Limit{count: n} }

// Percent is a limit of p percent of the devices of a run, and never less than least.
func Percent(p, least int) Limit { return Limit{percent: p, least: least} }

// ParseLimit reads "3" or "10%".
func ParseLimit(text string) (Limit, error) {
	number, isPercent := strings.CutSuffix(strings.TrimSpace(text), "%")
	n, err := strconv.Atoi(strings.TrimSpace(number))
	switch {
	case err != nil || n < 0:
		return Limit{}, fmt.Errorf("%q is neither a number of devices nor a percentage", text)
	case isPercent && n > 100:
		return Limit{}, fmt.Errorf("%q is more than all devices", text)
	case isPercent:
		return Percent(n, 0), nil
	default:
		return Count(n), nil
	}
}

// Of is how many of so many devices are allowed; a fraction of a device is not.
func (l Limit) Of(devices int) int {
	return max(l.count, l.percent*devices/100, l.least)
}

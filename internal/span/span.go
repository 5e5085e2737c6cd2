// Package span writes lengths of time in words, such as "2 days 3 hours".
package span

import (
	"strconv"
	"strings"
	"time"
)

// units are what Words counts in, the largest first.
var units = []struct {
	unit time.Duration
	word string
}{
	{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"},
}

// Words rounds up to a whole unit: what is over must be over, what is to come not yet there. Days have 24 hours.
func Words(length, unit time.Duration) string {
	unit = max(unit, time.Second)
	if rest := length % unit; rest > 0 {
		length += unit - rest
	}
	var parts []string
	for _, span := range units {
		n := int(length / span.unit)
		length %= span.unit
		switch {
		case n == 1:
			parts = append(parts, "1 "+span.word)
		case n > 1:
			parts = append(parts, strconv.Itoa(n)+" "+span.word+"s")
		}
	}
	if len(parts) == 0 {
		return "no time"
	}
	return strings.Join(parts, " ")
}

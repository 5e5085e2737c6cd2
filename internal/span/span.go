// Package span writes lengths of time: "2 days 3 hours" in a sentence, "2 d 3 h" where room is short.
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

// shortUnits are what Short counts in, the largest first.
var shortUnits = []struct {
	unit time.Duration
	word string
}{
	{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "min"}, {time.Second, "s"},
}

// Short writes the two largest units of a length, for what is counted down: "4 min 10 s", "9 h". It rounds up to the
// smaller of the two, as Words does: at "0 s" the time is over.
func Short(length time.Duration) string {
	length = max(0, length)
	last := len(shortUnits) - 1
	large := 0
	for large < last && length < shortUnits[large].unit {
		large++
	}
	small := shortUnits[min(large+1, last)].unit
	length = (length + small - 1) / small * small
	if large > 0 && length == shortUnits[large-1].unit { // rounded up to it
		large--
	}
	unit := shortUnits[large]
	text := strconv.Itoa(int(length/unit.unit)) + " " + unit.word
	if rest := int(length % unit.unit / small); rest > 0 {
		text += " " + strconv.Itoa(rest) + " " + shortUnits[large+1].word
	}
	return text
}

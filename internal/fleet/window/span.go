package window

import (
	"strconv"
	"strings"
	"time"
)

// spans are the units that Span writes, the largest first.
var spans = []struct {
	unit time.Duration
	word string
}{
	{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"},
}

// Span writes a length of time in words, such as "2 days 3 hours", rounded up to a whole unit: what is said
// to be over must be, and what is still to come must not be said to be there. Days have 24 hours.
func Span(length, unit time.Duration) string {
	unit = max(unit, time.Second)
	if rest := length % unit; rest > 0 {
		length += unit - rest
	}
	var parts []string
	for _, span := range spans {
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

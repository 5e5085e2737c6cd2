package jobs

import (
	"slices"
	"strconv"
	"strings"
)

const (
	sunday       = 0
	sundayOfCron = 7 // the other number that cron has for it
)

// withSundays rewrites the field of the weekdays: cron's 7 is a Sunday, alone and as the end of a range, and so is a
// Sunday by name that ends a range. The library knows 0 alone. Anything else stays as it is, for the library to judge.
func withSundays(text string) string {
	fields := strings.Fields(text)
	if len(fields) != 5 {
		return text
	}
	items := strings.Split(fields[4], ",")
	for i, item := range items {
		items[i] = withSunday(item)
	}
	fields[4] = strings.Join(items, ",")
	return strings.Join(fields, " ")
}

func withSunday(item string) string {
	days, everyText, stepped := strings.Cut(item, "/")
	from, to, isRange := strings.Cut(days, "-")
	if !isRange {
		to = from
	}
	first, last := weekday(from), weekday(to)
	if isRange && strings.EqualFold(to, "sun") {
		last = sundayOfCron
	}
	every, err := strconv.Atoi(everyText)
	switch {
	case last != sundayOfCron || first < 0, stepped && (err != nil || every < 1):
		return item
	case !stepped:
		every = 1
	}
	var listed []string
	for day := first; day <= last; day += every {
		if name := strconv.Itoa(day % sundayOfCron); !slices.Contains(listed, name) {
			listed = append(listed, name)
		}
	}
	return strings.Join(listed, ",")
}

// weekday returns the number of a day, as a number or a name; -1 for anything else.
func weekday(text string) int {
	names := []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	if named := slices.Index(names, strings.ToLower(text)); named >= 0 {
		return named
	}
	if number, err := strconv.Atoi(text); err == nil && len(text) == 1 && number >= sunday && number <= sundayOfCron {
		return number
	}
	return -1
}

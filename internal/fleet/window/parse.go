package window

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Form is how a window is written; days may be left out.
const Form = `"Sat,Sun 22:00-04:00 Europe/Berlin"`

// week is the days as they are written, from Monday on.
var week = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// weekday is the day at a place of the week.
func weekday(place int) time.Weekday { return time.Weekday((place + 1) % daysOfWeek) }

// Parse reads a window: days of the week as a list of days and ranges (Mon-Fri), or none for
// every day; its beginning and end on the clock, 24:00 being the end of the day; and a time
// zone (ParseZone).
func Parse(text string) (Window, error) {
	w, err := parse(strings.Fields(text))
	if err != nil {
		return Window{}, fmt.Errorf("%w; a window is written as %s", err, Form)
	}
	return w, nil
}

// digits begin no time zone.
const digits = "0123456789"

func parse(words []string) (w Window, err error) {
	if len(words) > 0 && strings.ContainsAny(words[len(words)-1][:1], digits) {
		return w, fmt.Errorf("the time zone is missing")
	}
	switch len(words) {
	case 2:
		for day := range w.days {
			w.days[day] = true
		}
	case 3:
		if w.days, err = parseDays(words[0]); err != nil {
			return w, err
		}
	default:
		return w, fmt.Errorf("days, times and a time zone are wanted, separated by blanks")
	}
	times, zone := words[len(words)-2], words[len(words)-1]
	if w.begin, w.end, err = parseTimes(times); err != nil {
		return w, err
	}
	w.zone, err = ParseZone(zone)
	return w, err
}

func parseDays(text string) (days [daysOfWeek]bool, err error) {
	for item := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(item, "-")
		first, last := slices.Index(week, from), slices.Index(week, to)
		if !isRange {
			last = first
		}
		if first < 0 || last < 0 || isRange && first == last {
			return days, fmt.Errorf("%q is no day or range of days (Mon, Mon-Fri)", item)
		}
		for place := first; ; place = (place + 1) % daysOfWeek {
			if days[weekday(place)] {
				return days, fmt.Errorf("%s is named twice in %q", week[place], text)
			}
			days[weekday(place)] = true
			if place == last {
				break
			}
		}
	}
	return days, nil
}

var timesForm = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$`)

func parseTimes(text string) (begin, end int, err error) {
	match := timesForm.FindStringSubmatch(text)
	if match == nil {
		return 0, 0, fmt.Errorf("%q is no beginning and end (22:00-04:00)", text)
	}
	begin, end = minutes(match[1], match[2]), minutes(match[3]+match[5], match[4]+match[6])
	if begin == end {
		return 0, 0, fmt.Errorf("%q begins and ends at the same time; the whole day is 00:00-24:00", text)
	}
	return begin, end, nil
}

// minutes of the day; both texts are digits.
func minutes(hours, minutes string) int {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	return 60*h + m
}

// ParseZone finds a time zone of the IANA database by area and city, or UTC. Short names such
// as EST are refused: they seldom mean what they look like.
func ParseZone(name string) (*time.Location, error) {
	if name != "UTC" && !strings.Contains(name, "/") {
		return nil, fmt.Errorf("%q is no time zone by area and city, nor UTC", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("the time zone %q is not known", name)
	}
	return zone, nil
}

// String is the window in the form that Parse reads, days in the order of the week.
func (w Window) String() string {
	if w.zone == nil {
		return ""
	}
	times := fmt.Sprintf("%02d:%02d-%02d:%02d %s", w.begin/60, w.begin%60, w.end/60, w.end%60, w.zone)
	if days := w.dayNames(); days != "" {
		return days + " " + times
	}
	return times
}

// dayNames lists the days, three and more in a row as a range; "" for all of them.
func (w Window) dayNames() string {
	var items []string
	for first := 0; first < daysOfWeek; first++ {
		last := first
		for last < daysOfWeek && w.days[weekday(last)] {
			last++
		}
		switch count := last - first; {
		case count == daysOfWeek:
			return ""
		case count >= 3:
			items = append(items, week[first]+"-"+week[last-1])
			first = last
		case count > 0:
			items = append(items, week[first])
		}
	}
	return strings.Join(items, ",")
}

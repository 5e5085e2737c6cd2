package jobs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Words says when the schedule's times come, with its zone: "daily at 03:00 Europe/Berlin". It returns "" where no
// short words say exactly what the fields say; callers then show Text.
func (s Schedule) Words() string {
	fields, known := s.fields.(*cron.SpecSchedule)
	if !known {
		return ""
	}
	times, atTimes := timesInWords(values(fields.Minute), values(fields.Hour))
	days, known := daysInWords(fields)
	switch {
	case times == "" || !known:
		return ""
	case atTimes && days == "":
		return "daily at " + times + " " + s.Zone.String()
	case atTimes:
		return days + " at " + times + " " + s.Zone.String()
	case days == "":
		return times + " (" + s.Zone.String() + ")"
	default:
		return times + ", " + days + " (" + s.Zone.String() + ")"
	}
}

// values returns the numbers whose bits are set; a field's mark of a star is no number.
func values(field uint64) []int {
	var numbers []int
	for number := range minutesOfHour {
		if field&(1<<number) != 0 {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

const (
	minutesOfHour = 60
	hoursOfDay    = 24
	daysOfMonth   = 31
	daysOfWeek    = 7
	monthsOfYear  = 12
	// mostListed is the length up to which people read a list of times or days.
	mostListed = 6
)

// timesInWords says when in a day a schedule's times come; "" without short words. atTimes reports whether the words
// are times of the day, which "at" may precede.
func timesInWords(minutes, hours []int) (words string, atTimes bool) {
	always, minuteStep := len(hours) == hoursOfDay, step(minutes, minutesOfHour)
	first, last := clock(hours[0], minutes[0]), clock(hours[len(hours)-1], minutes[len(minutes)-1])
	switch {
	case len(minutes)*len(hours) <= mostListed:
		return and(timesOf(minutes, hours)), true
	case always && minuteStep > 0:
		return every(minuteStep, "minute"), false
	case always && len(minutes) <= mostListed:
		return "every hour at " + and(minutesPast(minutes)), false
	case len(hours) == 1 && spacing(minutes) > 0:
		return every(spacing(minutes), "minute") + " from " + first + " to " + last, false
	case len(minutes) == 1 && step(hours, hoursOfDay) > 1:
		return every(step(hours, hoursOfDay), "hour") + " from " + first, false
	case len(minutes) == 1 && isRun(hours):
		return "every hour from " + first + " to " + last, false
	case minuteStep > 0 && isRun(hours):
		return every(minuteStep, "minute") + " from " + first + " to " + last, false
	default:
		return "", false
	}
}

// step returns the distance between numbers that divide a cycle evenly; 0 if they don't. Minutes must begin with 0.
func step(numbers []int, cycle int) int {
	distance := cycle / len(numbers)
	from := numbers[0]
	if spacing(numbers) != distance || cycle%len(numbers) != 0 || from >= distance || cycle == minutesOfHour && from > 0 {
		return 0
	}
	return distance
}

// spacing returns the distance between numbers that are as far from each other; 0 if they are not, and of one number.
func spacing(numbers []int) int {
	if len(numbers) == 1 {
		return 0
	}
	distance := numbers[1] - numbers[0]
	for i, number := range numbers {
		if number != numbers[0]+i*distance {
			return 0
		}
	}
	return distance
}

func isRun(numbers []int) bool { return numbers[len(numbers)-1]-numbers[0] == len(numbers)-1 }

func every(n int, unit string) string {
	if n == 1 {
		return "every " + unit
	}
	return fmt.Sprintf("every %d %ss", n, unit)
}

func clock(hour, minute int) string { return fmt.Sprintf("%02d:%02d", hour, minute) }

func timesOf(minutes, hours []int) []string {
	var times []string
	for _, hour := range hours {
		for _, minute := range minutes {
			times = append(times, clock(hour, minute))
		}
	}
	return times
}

func minutesPast(minutes []int) []string {
	past := make([]string, len(minutes))
	for i, minute := range minutes {
		past[i] = fmt.Sprintf(":%02d", minute)
	}
	return past
}

// daysInWords says on which days a schedule's times come: "" for every day. known is false without short words.
// Where neither field of the days is a star, cron takes the days of either.
func daysInWords(fields *cron.SpecSchedule) (words string, known bool) {
	const star = 1 << 63
	days, weekdays, months := values(fields.Dom), values(fields.Dow), values(fields.Month)
	allDays, allWeekdays := len(days) == daysOfMonth, len(weekdays) == daysOfWeek
	eitherCounts := fields.Dom&star == 0 && fields.Dow&star == 0
	in, known := monthsInWords(months)
	if !known {
		return "", false
	}
	switch {
	case allDays && allWeekdays, eitherCounts && (allDays || allWeekdays):
		return prefixed("daily in ", in), true
	case allDays:
		return weekdaysInWords(weekdays) + prefixed(" in ", in), true
	}
	words, known = datesInWords(days, in)
	if !allWeekdays {
		words += " and " + weekdaysInWords(weekdays) + prefixed(" in ", in)
	}
	return words, known
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// monthsInWords names the months; "" for all of them.
func monthsInWords(months []int) (words string, known bool) {
	names := make([]string, len(months))
	for i, month := range months {
		names[i] = time.Month(month).String()
	}
	switch {
	case len(months) == monthsOfYear:
		return "", true
	case isRun(months) && len(months) > 2:
		return names[0] + " to " + names[len(names)-1], true
	case len(months) <= mostListed:
		return and(names), true
	default:
		return "", false
	}
}

// datesInWords names the days of months; in is "" for every month.
func datesInWords(days []int, in string) (words string, known bool) {
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = ordinal(day)
	}
	of := " of " + cmp.Or(in, "each month")
	switch {
	case isRun(days) && len(days) > 2:
		return "on the " + names[0] + " to " + names[len(names)-1] + of, true
	case len(days) <= mostListed:
		return "on the " + and(names) + of, true
	default:
		return "", false
	}
}

func ordinal(n int) string {
	ending := "th"
	if tens := n / 10 % 10; tens != 1 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, ending)
}

// weekdaysInWords names days of a week that begins on Monday.
func weekdaysInWords(weekdays []int) string {
	if weekdays[0] == sunday {
		weekdays = append(slices.Clone(weekdays[1:]), sundayOfCron)
	}
	names := make([]string, len(weekdays))
	for i, day := range weekdays {
		names[i] = time.Weekday(day % daysOfWeek).String()
	}
	if isRun(weekdays) && len(weekdays) > 2 {
		return names[0] + " to " + names[len(names)-1]
	}
	return "every " + and(names)
}

// and joins words to a list: "a, b and c".
func and(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

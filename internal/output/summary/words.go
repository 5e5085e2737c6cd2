package summary

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/span"
	"github.com/acfix/acfix/remediate"
)

// The codes of reasons that no device reports.
const (
	neverRead = "never_read"
	skipped   = "skipped"
	notYet    = report.WordInHand
)

// ownWords are the reasons that have no page of their own: why, and what to do.
var ownWords = map[string][2]string{
	neverRead:     {"acfix never read the device.", "Plan it with acfix, or take it out of the inventory."},
	skipped:       {"The run ended before the device's turn.", "Run the job again, or continue the run."},
	notYet:        {"The run has no result for the device yet.", "Look again when the run has ended."},
	"failed":      {"The last run failed there.", "Look at the device in the report of the run."},
	"rolled_back": {"The change was put back.", "Look at the device in the report of the run."},
	"stale":       {"The device is no longer as it was when its plan was made.", "Plan it again."},
	"error":       {"The last run could not read the device.", "Look at the device in the report of the run."},
}

// groupWords are the reasons without a code.
var groupWords = [groups][2]string{
	ByAcfix:  {"Roots or the switch are missing, and acfix has a plan.", "Let acfix apply the plan in a change window."},
	ByPerson: {"A person must decide or repair something first.", "Look at the device in the report of the run."},
	Unknown:  {"No reading says how the device is.", "Plan it with acfix."},
}

// Bounds of the texts of a page, in characters.
const (
	maxWords = 110
	maxTitle = 90
)

// Words returns why, and what to do, in plain words.
func (r Reason) Words() (why, what string) {
	why, what = r.Code, ""
	if own, known := ownWords[r.Code]; known {
		why, what = own[0], own[1]
	} else if r.Code == "" {
		why, what = groupWords[r.Group][0], groupWords[r.Group][1]
	} else if pages := explain.Find(r.Code); len(pages) > 0 {
		why = pages[0].Summary
		if len(pages[0].Next) > 0 {
			what = pages[0].Next[0]
		}
	}
	return brief(why), brief(what)
}

// brief cuts a text that is too long for the page after its last whole sentence.
func brief(text string) string {
	short := foreign.Bounded(text, maxWords)
	if end := strings.LastIndex(short, ". "); end > 0 && strings.HasSuffix(short, "…") {
		return short[:end+1]
	}
	return short
}

// Which names the devices of the reason, all of a few and the first of many.
func (r Reason) Which() string {
	text := strings.Join(r.Names, ", ")
	if more := r.Devices - len(r.Names); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Headline says which share of the devices is compliant.
func (s *Sheet) Headline() string {
	total, good := s.Total(), s.counts[Compliant]
	switch {
	case total == 0 && s.counts[Apart] > 0:
		return "No device has a Teams connection."
	case total == 0:
		return "No device is known yet."
	case good == total && total == 1:
		return "The only device is compliant (100 %)"
	case good == total:
		return fmt.Sprintf("All %s compliant (100 %%)", devicesAre(total))
	}
	verb := "are"
	if good == 1 || total == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s %s compliant (%d %%)", good, Devices(total), verb, Percent(good, total))
}

func devicesAre(n int) string {
	if n == 1 {
		return "1 device is"
	}
	return fmt.Sprintf("%d devices are", n)
}

// Devices returns a number of devices in words.
func Devices(n int) string {
	if n == 1 {
		return "1 device"
	}
	return fmt.Sprintf("%d devices", n)
}

// Percent rounds a share, but never up to all or down to none.
func Percent(part, whole int) int {
	switch {
	case whole <= 0 || part <= 0:
		return 0
	case part >= whole:
		return 100
	}
	return min(max(int(math.Round(100*float64(part)/float64(whole))), 1), 99)
}

// Notes are the sentences below the bar: what does not count, and how old the readings are.
func (s *Sheet) Notes() []string {
	var notes []string
	note := func(n int, format string) {
		if n > 0 {
			notes = append(notes, fmt.Sprintf(format, Devices(n)))
		}
	}
	if s.Total() > 0 {
		notes = append(notes, s.age())
	}
	note(s.Unreached, "Compliant when last read, but the last run failed there since: %s.")
	note(s.counts[Apart], "Not counted, because they have no Teams connection: %s.")
	note(s.Gone, "Not counted, because no inventory of the jobs has them any more: %s.")
	return notes
}

// age says how old the readings are from which the page was made.
func (s *Sheet) age() string {
	if s.Newest.IsZero() {
		return "No device was read yet."
	}
	newest, oldest := ago(s.Made, s.Newest), ago(s.Made, s.Oldest)
	if newest == oldest {
		return fmt.Sprintf("As read %s (%s).", newest, moment(s.Newest))
	}
	return fmt.Sprintf("As last read: the newest reading is %s, the oldest %s (%s).", newest, oldest, moment(s.Oldest))
}

func ago(now, then time.Time) string {
	age := now.Sub(then)
	if age < time.Minute {
		return "less than a minute ago"
	}
	unit := time.Minute
	switch {
	case age >= 48*time.Hour:
		unit = 24 * time.Hour
	case age >= time.Hour:
		unit = time.Hour
	}
	return span.Words(age.Truncate(unit), unit) + " ago"
}

// moment is a time for people, in its own zone.
func moment(at time.Time) string { return at.Format("Mon 2 Jan 2006, 15:04 ") + at.Location().String() }

func day(at time.Time) string { return at.Format("2 Jan 2006") }

// SetPolicy sets the policy that decides which devices are compliant, and its deadline if it has one.
func (s *Sheet) SetPolicy(policy remediate.PolicyReference) {
	s.Policy = policy
	if at, err := time.Parse(time.DateOnly, policy.Deadline); err == nil {
		s.Deadline = Deadline{Day: at, Of: policy.ID}
	}
}

// due says how much time is left until the deadline; "" without one.
func (s *Sheet) due() string {
	if s.Deadline.Day.IsZero() {
		return ""
	}
	text := "Deadline: " + day(s.Deadline.Day)
	if of := foreign.Bounded(s.Deadline.Of, maxTitle/2); of != "" {
		text += " (" + of + ")"
	}
	left := report.DaysLeft(s.Deadline.Day, s.Made)
	switch {
	case s.Left() == 0 && s.Total() > 0:
		return text + "; all devices are compliant."
	case left < 0:
		return text + fmt.Sprintf("; it has passed, and %s not compliant.", devicesAre(s.Left()))
	case left == 0:
		return text + fmt.Sprintf("; it is today, and %s not compliant.", devicesAre(s.Left()))
	case left == 1:
		return text + fmt.Sprintf("; 1 day left for %s.", Devices(s.Left()))
	}
	return text + fmt.Sprintf("; %d days left for %s.", left, Devices(s.Left()))
}

// Text returns the decision as a sentence.
func (d Decision) Text() string {
	text := foreign.Bounded(d.What, maxWords)
	if !d.At.IsZero() {
		text += ": " + moment(d.At)
	}
	return text
}

func of(part, whole int) string { return fmt.Sprintf("%d of %d", part, whole) }

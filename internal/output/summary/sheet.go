// Package summary makes the one page for management: how many devices are compliant and since when, what is left and
// why, and who decides. It counts what readings found; what no reading found is unknown. It reads no clock, no store
// and no device.
package summary

import (
	"cmp"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

// Group is what a device needs.
type Group int

// The groups, in the order in which a sheet shows them.
const (
	Compliant Group = iota
	ByAcfix         // its steps are planned
	ByPerson        // it is blocked, or it failed
	Unknown         // no reading says what it needs
	Apart           // it has no Teams connection, so it does not count
	groups
)

// shares are the groups that count, with their words.
var shares = [...]struct {
	group Group
	word  string
	key   string // in JSON
	color string // in HTML, beside the words
}{
	{Compliant, "compliant", "compliant", "#116329"},
	{ByAcfix, "acfix can repair", "by_acfix", "#d4a72c"},
	{ByPerson, "need a person", "by_person", "#a40e26"},
	{Unknown, "unknown", "unknown", "#8c959f"},
}

// Sheet is the content of the page.
type Sheet struct {
	Title string
	Run   string // ID of the run that the sheet is about; "" for the fleet as last known
	Link  string // address of a page about it; "" for none
	Made  time.Time
	Intro []string // lines above all, of a message; none on paper

	counts    [groups]int
	reasons   []Reason
	addresses [][]string // of the devices that count

	// Gone counts the devices of past runs that no inventory of the jobs has. They count nowhere else.
	Gone int
	// Unreached counts the compliant devices that a later run could not read.
	Unreached int
	// Newest and Oldest are the times of the readings that count; zero for none.
	Newest, Oldest time.Time

	Weeks     []Week                    // oldest first; none without history
	Policy    remediate.PolicyReference // that decides; zero for none yet
	Deadline  Deadline
	Decisions []Decision
}

// Deadline is the day on which all devices must be compliant; zero for none.
type Deadline struct {
	Day time.Time
	Of  string // what sets it, such as a policy
}

// Decision says who decides what, or what acfix does by itself and when. A zero time stands for none.
type Decision struct {
	Who, What string
	At        time.Time // in the zone in which it is shown
}

// Count returns the number of devices of a group.
func (s *Sheet) Count(group Group) int { return s.counts[group] }

// Total returns the number of devices that count: all but those without a Teams connection.
func (s *Sheet) Total() int {
	total := 0
	for _, share := range shares {
		total += s.counts[share.group]
	}
	return total
}

// Left returns the number of devices that count and are not compliant.
func (s *Sheet) Left() int { return s.Total() - s.counts[Compliant] }

// Reasons returns why devices are not compliant, the most frequent first. Each device has one reason.
func (s *Sheet) Reasons() []Reason { return s.reasons }

// sighting is what one device adds to a sheet.
type sighting struct {
	group     Group
	code      string // of the reason; "" for that of the group
	name      string
	addresses []string
	read      time.Time // zero for never
}

func (s *Sheet) add(seen sighting) {
	s.counts[seen.group]++
	if seen.group == Apart {
		return
	}
	s.addresses = append(s.addresses, seen.addresses)
	if !seen.read.IsZero() && seen.group != Unknown {
		if seen.read.After(s.Newest) {
			s.Newest = seen.read
		}
		if s.Oldest.IsZero() || seen.read.Before(s.Oldest) {
			s.Oldest = seen.read
		}
	}
	if seen.group != Compliant {
		s.count(seen)
	}
}

// Reason is why a number of devices are not compliant.
type Reason struct {
	Group   Group
	Code    string // "" where the group says all
	Devices int
	Names   []string // of the first devices
}

// mostNames is how many devices a reason names.
const mostNames = 3

func (s *Sheet) count(seen sighting) {
	at := slices.IndexFunc(s.reasons, func(r Reason) bool { return r.Group == seen.group && r.Code == seen.code })
	if at < 0 {
		at = len(s.reasons)
		s.reasons = append(s.reasons, Reason{Group: seen.group, Code: seen.code})
	}
	reason := &s.reasons[at]
	reason.Devices++
	if len(reason.Names) < mostNames {
		reason.Names = append(reason.Names, foreign.Bounded(seen.name, maxName))
	}
}

// maxName bounds a device's name on the page, in characters.
const maxName = 20

// finish sorts the reasons: what needs a person first, then what is frequent.
func (s *Sheet) finish() {
	order := [groups]int{ByPerson: 0, Unknown: 1, ByAcfix: 2}
	slices.SortStableFunc(s.reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(order[a.Group], order[b.Group]), cmp.Compare(b.Devices, a.Devices),
			cmp.Compare(a.Code, b.Code))
	})
}

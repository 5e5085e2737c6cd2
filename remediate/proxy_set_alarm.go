package remediate

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes"
)

// How devices name what an alarm is about (A84): "Proxy Set Alarm. Proxy Set 1 (Teams): Proxy lost. looking for another
// proxy" with the source "Board#1/ProxyConnection#1", and "IP Group is temporarily blocked. IP Group (Teams) Blocked
// Reason: No Working Proxy" with "Board#1/IPGroup#1".
var (
	proxySetBeing  = regexp.MustCompile(`(?i)\bproxy[\s_-]*set\b`)
	proxySetIndex  = regexp.MustCompile(`(?i)\bproxy[\s_-]*set[\s_:]*(?:id[\s:=]*)?[#(]?([0-9]{1,9})\b`)
	proxySetSource = regexp.MustCompile(`(?i)\bproxy[a-z_]*#([0-9]{1,9})\b`)
	ipGroupBeing   = regexp.MustCompile(`(?i)\bip[\s_-]*group\b`)
	ipGroupSource  = regexp.MustCompile(`(?i)\bip[_-]*group[a-z_]*#([0-9]{1,9})\b`)
	anyProxy       = regexp.MustCompile(`(?i)proxy`)
	proxyOfHTTP    = regexp.MustCompile(`(?i)\bhttps?[\s_-]*(?:reverse[\s_-]*)?proxy`) // another service of the device
)

// alarmsOf returns whether alarms of a Proxy Set are active, and their descriptions. A list that was not read, or not
// to its end, never shows that none is.
// docs/design/remediate.md: An alarm that may be Teams' makes it unknown
func (t tables) alarmsOf(set proxySet, alarms alarmList) (AlarmState, []string) {
	texts := []string{}
	if alarms == nil {
		return AlarmUnknown, texts
	}
	state := AlarmNone
	if alarms.More {
		state = AlarmUnknown
	}
	found := 0
	for _, alarm := range alarms.Active {
		switch t.concerns(alarm, set) {
		case AlarmActive:
			if found++; found <= mostAlarmTexts {
				texts = append(texts, cut(alarm.Description, longestAlarmText))
			}
		case AlarmUnknown:
			state = AlarmUnknown
		}
	}
	if found == 0 {
		return state, texts
	}
	if found > mostAlarmTexts {
		texts = append(texts, fmt.Sprintf("and %d more", found-mostAlarmTexts))
	}
	return AlarmActive, texts
}

// concerns returns AlarmActive for an alarm of the Proxy Set, AlarmNone for one of something else, and AlarmUnknown for
// one that may be of either.
func (t tables) concerns(alarm audiocodes.Alarm, set proxySet) AlarmState {
	named := t.setsIn(alarm)
	is := slices.Contains(named, set.index)
	isNot := slices.ContainsFunc(named, func(index int) bool { return index != set.index })
	text := alarm.Description + " " + alarm.Source
	switch {
	case is && isNot:
		return AlarmUnknown
	case is:
		return AlarmActive
	case isNot:
		return AlarmNone
	case strings.TrimSpace(text) == "", anyProxy.MatchString(proxyOfHTTP.ReplaceAllString(text, "")):
		return AlarmUnknown
	default:
		return AlarmNone
	}
}

// setsIn returns the indexes of the Proxy Sets that an alarm names, by themselves or by an IP Group without a working
// proxy.
func (t tables) setsIn(alarm audiocodes.Alarm) []int {
	found := t.numberedIn(alarm.Description)
	if len(found) == 0 {
		found = t.namedIn(alarm.Description)
	}
	for _, text := range []string{alarm.Description, alarm.Source} {
		if index, has := indexBy(proxySetSource, text); has {
			found = append(found, index)
		}
	}
	if len(found) == 0 && anyProxy.MatchString(alarm.Description) {
		found = t.servingGroupIn(alarm)
	}
	return found
}

// numberedIn returns the Proxy Sets that a text numbers. The name behind a number counts where it is another's.
func (t tables) numberedIn(text string) (found []int) {
	for {
		place := proxySetIndex.FindStringSubmatchIndex(text)
		if place == nil {
			return found
		}
		index, err := strconv.Atoi(text[place[2]:place[3]])
		text = text[place[1]:]
		if err != nil || isAddress(text) {
			continue
		}
		found = append(found, index)
		bracket := strings.TrimLeft(text, " ")
		if bracket == "" || strings.IndexByte("(\"'", bracket[0]) < 0 {
			continue
		}
		if named := startingWith(t.proxySets, bracket); len(named) > 0 {
			text = strings.TrimLeft(bracket, opening)[len(named[0].name):]
			if !hasIndex(named, index) {
				found = append(found, indexesOf(named)...)
			}
		}
	}
}

// isAddress reports whether a number before this rest is the first part of an IPv4 address.
func isAddress(rest string) bool {
	return len(rest) > 1 && rest[0] == '.' && '0' <= rest[1] && rest[1] <= '9'
}

// namedIn returns the Proxy Sets that a text names without a number.
func (t tables) namedIn(text string) (found []int) {
	for _, place := range proxySetBeing.FindAllStringIndex(text, -1) {
		rest := text[place[1]:]
		if startsLike(strings.TrimLeft(rest, " "), "alarm") { // the alarm's title
			continue
		}
		found = append(found, indexesOf(startingWith(t.proxySets, rest))...)
	}
	return found
}

// servingGroupIn returns the Proxy Sets of the IP Group that an alarm is about.
func (t tables) servingGroupIn(alarm audiocodes.Alarm) (found []int) {
	groups := t.ipGroups()
	for _, place := range ipGroupBeing.FindAllStringIndex(alarm.Description, -1) {
		for _, group := range startingWith(groups, alarm.Description[place[1]:]) {
			found = append(found, indexesOf(refer(t.proxySets, group.proxySet))...)
		}
	}
	if index, has := indexBy(ipGroupSource, alarm.Source); has {
		for _, group := range groups {
			if group.index == index {
				found = append(found, indexesOf(refer(t.proxySets, group.proxySet))...)
			}
		}
	}
	return found
}

func indexBy(form *regexp.Regexp, text string) (index int, has bool) {
	match := form.FindStringSubmatch(text)
	if match == nil {
		return 0, false
	}
	index, err := strconv.Atoi(match[1])
	return index, err == nil
}

func indexesOf[T referable](rows []T) (indexes []int) {
	for _, row := range rows {
		indexes = append(indexes, row.rowIndex())
	}
	return indexes
}

// opening is what may stand before a name.
const opening = " \"'(:#"

// startingWith returns the rows whose name a text begins with, after quotes and brackets: of several those with the
// longest name. The name must end there.
func startingWith[T referable](rows []T, text string) (found []T) {
	text = strings.TrimLeft(text, opening)
	longest := 1
	for _, row := range rows {
		name := row.rowName()
		if len(name) < longest || !startsLike(text, name) || !endsAt(text[len(name):]) {
			continue
		}
		if len(name) > longest {
			found, longest = nil, len(name)
		}
		found = append(found, row)
	}
	return found
}

func startsLike(text, start string) bool {
	return len(text) >= len(start) && sameName(text[:len(start)], start)
}

// endsAt reports whether a name is over where this rest begins.
func endsAt(rest string) bool {
	return rest == "" || strings.IndexByte(" \"'():,.;\t\r\n", rest[0]) >= 0
}

// ipGroup is a row of the table IPGroup.
type ipGroup struct {
	index          int
	name, proxySet string // the name of the Proxy Set, as the cell has it
}

func (g ipGroup) rowName() string { return g.name }
func (g ipGroup) rowIndex() int   { return g.index }

// ipGroups are all IP Groups; none where the table can't be read.
func (t tables) ipGroups() []ipGroup {
	rows, err := t.file.Table(tableIPGroup).Rows()
	if err != nil {
		return nil
	}
	var groups []ipGroup
	for _, row := range rows {
		groups = append(groups, ipGroup{index: row.Index, name: row.Text("Name"), proxySet: row.Text("ProxySetName")})
	}
	return groups
}

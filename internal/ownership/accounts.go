package ownership

import (
	"slices"
	"strconv"
	"strings"
)

// privateGroup is the group that a user is alone in, as far as /etc/passwd and /etc/group tell:
// the user's first group, of the user's name or number, without another member. ok is false
// where there is none, or where it can't be told.
func privateGroup(user int, passwd, group string) (number int, ok bool) {
	name, first := "", user // a user who is in neither file has at most a group of the same number
	for _, account := range records(passwd, 4) {
		if account[2] == strconv.Itoa(user) {
			name = account[0]
			number, err := strconv.Atoi(account[3])
			if err != nil {
				return 0, false
			}
			first = number
			break
		}
	}
	for _, account := range records(passwd, 4) {
		if account[3] == strconv.Itoa(first) && account[2] != strconv.Itoa(user) {
			return 0, false // it is another user's first group too
		}
	}
	private := first == user
	for _, entry := range records(group, 4) {
		if entry[2] != strconv.Itoa(first) {
			continue
		}
		private = private || entry[0] == name
		isOther := func(member string) bool { return member != "" && member != name }
		if slices.ContainsFunc(strings.Split(entry[3], ","), isOther) {
			return 0, false
		}
	}
	return first, private
}

// records are the lines of /etc/passwd or /etc/group that have so many fields at least.
func records(text string, fields int) [][]string {
	var list [][]string
	for line := range strings.Lines(text) {
		if record := strings.Split(strings.TrimSpace(line), ":"); len(record) >= fields {
			list = append(list, record)
		}
	}
	return list
}

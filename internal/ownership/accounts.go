package ownership

import (
	"slices"
	"strconv"
	"strings"
)

// privateGroup returns the group in which a user is alone, according to /etc/passwd and /etc/group:
// the user's first group, with the user's name or number and no other member. ok is false if there
// is none, or it is unknown.
func privateGroup(user int, passwd, group string) (number int, ok bool) {
	name, first := "", user // a user in neither file has at most a group with the same number
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
			return 0, false // it is also another user's first group
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

// records returns the lines of /etc/passwd or /etc/group with at least this many fields.
func records(text string, fields int) [][]string {
	var list [][]string
	for line := range strings.Lines(text) {
		if record := strings.Split(strings.TrimSpace(line), ":"); len(record) >= fields {
			list = append(list, record)
		}
	}
	return list
}

package misuse

import (
	"cmp"
	"slices"
	"strings"
)

// mostNear is how many words Nearest offers: more would be a list to read, not a suggestion.
const mostNear = 3

// Nearest returns the words that were most likely meant by a misspelt one, the nearest first: those with
// a slip per three letters at most, and those that it is the beginning of. Case does not count.
func Nearest(word string, words []string) []string {
	type near struct {
		word string
		far  int
	}
	typed := []rune(strings.ToLower(word))
	var found []near
	for _, candidate := range words {
		lower := strings.ToLower(candidate)
		far := slips(typed, []rune(lower))
		begins := len(typed) > 2 && strings.HasPrefix(lower, string(typed))
		if begins || far <= max(1, len(typed)/3) && far < len(typed) {
			found = append(found, near{candidate, far})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return cmp.Compare(a.far, b.far) })
	var nearest []string
	for _, one := range found[:min(len(found), mostNear)] {
		nearest = append(nearest, one.word)
	}
	return slices.Compact(nearest)
}

// slips counts the letters to put in, leave out, replace or swap with their neighbour until a is b (the
// optimal string alignment distance).
func slips(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
		for j := range rows[i][1:] {
			if i == 0 {
				rows[0][j+1] = j + 1
				continue
			}
			rows[i][j+1] = min(rows[i-1][j+1], rows[i][j], rows[i-1][j]-1+differ(a[i-1], b[j])) + 1
			if i > 1 && j > 0 && a[i-1] == b[j-1] && a[i-2] == b[j] {
				rows[i][j+1] = min(rows[i][j+1], rows[i-2][j-1]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func differ(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}

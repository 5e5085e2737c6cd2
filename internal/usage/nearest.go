package usage

import (
	"cmp"
	"slices"
	"strings"
)

// mostNearest limits the words that Nearest returns.
const mostNearest = 3

// Nearest returns the words that a mistyped word most likely means, best first: at most three, all equally near, none
// that differs in more than about a third of its letters. If there are none, it returns words that begin with the
// given one. Case, spaces, hyphens, underscores and dots only decide between equally near words.
func Nearest(word string, words []string) []string {
	wanted, allowed := letters(word), max(1, (len([]rune(word))+1)/3)
	var near []candidate
	for _, other := range slices.Compact(slices.Sorted(slices.Values(words))) {
		found := letters(other)
		if len(wanted) == 0 || max(len(wanted)-len(found), len(found)-len(wanted)) > allowed {
			continue
		}
		if loose := distance(wanted, found); loose <= allowed {
			near = append(near, candidate{other, loose, distance([]rune(word), []rune(other))})
		}
	}
	if len(near) == 0 && len(wanted) >= shortestBeginning {
		near = beginning(wanted, words)
	}
	slices.SortStableFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.loose, b.loose), cmp.Compare(a.strict, b.strict))
	})
	var nearest []string
	for _, other := range near[:min(len(near), mostNearest)] {
		if other.loose == near[0].loose {
			nearest = append(nearest, other.word)
		}
	}
	return nearest
}

// candidate is a word with its distance from the mistyped one: by letters, and as written.
type candidate struct {
	word          string
	loose, strict int
}

// shortestBeginning is the minimum length of a prefix.
const shortestBeginning = 3

func beginning(with []rune, words []string) []candidate {
	var all []candidate
	for _, other := range slices.Compact(slices.Sorted(slices.Values(words))) {
		if strings.HasPrefix(string(letters(other)), string(with)) {
			all = append(all, candidate{word: other})
		}
	}
	return all
}

var separators = strings.NewReplacer(" ", "", "-", "", "_", "", ".", "")

func letters(word string) []rune { return []rune(separators.Replace(strings.ToLower(word))) }

// distance counts additions, omissions, replacements and swaps (Damerau and Levenshtein, optimal string alignment).
func distance(from, to []rune) int {
	rows := make([][]int, len(from)+1)
	for i := range rows {
		rows[i] = make([]int, len(to)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(from); i++ {
		for j := 1; j <= len(to); j++ {
			wrong := 1
			if from[i-1] == to[j-1] {
				wrong = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+wrong)
			if i > 1 && j > 1 && from[i-1] == to[j-2] && from[i-2] == to[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(from)][len(to)]
}

// OneOf joins words as alternatives: "a, b or c".
func OneOf(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

package main

import (
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/usage"
)

func words[W ~string](list []W) []string {
	all := make([]string, 0, len(list))
	for _, word := range list {
		all = append(all, string(word))
	}
	return all
}

// wellSpelt refuses a word of a flag that can't select anything: it is most likely misspelt.
func wellSpelt(flag string, known []string, given ...string) error {
	for _, word := range given {
		if !slices.Contains(known, word) {
			return usage.Errorf("--%s: there is no %q", flag, word).
				Hint(usage.DidYouMean(word, known, "give one of: "+strings.Join(known, ", ")))
		}
	}
	return nil
}

// codes are those that devices of plans and runs can have.
func codes() []string { return explain.Codes(explain.Error, explain.Finding) }

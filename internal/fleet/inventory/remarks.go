package inventory

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// remarks are what an import does without being asked, to be said once each.
type remarks struct {
	assumed  []string // of a format that is not documented
	warnings []string
	leftOut  []string // columns
	without  []string // devices that are left out
	renamed  []string
	inactive []string // devices that are imported all the same
	further  []string
}

// mostListed bounds the names in one remark.
const mostListed = 20

func listing(items []string) string {
	if more := len(items) - mostListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(items[:mostListed], ", "), more)
	}
	return strings.Join(items, ", ")
}

// notes are the remarks as sentences.
func (r *remarks) notes() []string {
	notes := r.assumed
	for _, kind := range []struct {
		begins string
		items  []string
	}{
		{"columns left out: ", r.leftOut},
		{"devices left out: ", r.without},
		{"names changed to what an inventory takes: ", r.renamed},
		{"not active in NetBox, but imported: ", r.inactive},
	} {
		if len(kind.items) > 0 {
			notes = append(notes, kind.begins+listing(kind.items))
		}
	}
	return append(notes, r.further...)
}

// tidied is a foreign name as an inventory takes it.
func (r *remarks) tidied(name string) string {
	tidy := tidyName(name)
	if strings.HasPrefix(tidy, tagPrefix) {
		tidy = strings.Replace(tidy, ":", "-", 1)
	}
	if tidy != name {
		r.renamed = append(r.renamed, strconv.Quote(name)+" is "+tidy)
	}
	return tidy
}

// tidyName puts a hyphen where a name or tag can't have what stands there; "" where nothing is left.
func tidyName(name string) string {
	var tidy strings.Builder
	gap := false
	for _, r := range name {
		switch {
		case unicode.IsLetter(r), unicode.IsNumber(r), r == '_', tidy.Len() > 0 && strings.ContainsRune(".:@+-", r):
			if gap && tidy.Len() > 0 {
				tidy.WriteByte('-')
			}
			gap = false
			tidy.WriteRune(r)
		default:
			gap = true
		}
	}
	if runes := []rune(tidy.String()); len(runes) > longestName {
		return string(runes[:longestName])
	}
	return tidy.String()
}

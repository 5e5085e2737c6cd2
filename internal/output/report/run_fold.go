package report

import (
	"crypto/sha256"
	"strconv"
	"strings"

	"github.com/acfix/acfix/remediate"
)

// inPlace is how many devices of a page have all their lists in place, so that the pages of most runs name no other
// device. After them, a list that stands on the page already is not repeated.
// docs/design/output.md: A page of many devices has equal lists once
const inPlace = 100

// mostLists bounds the memory. A list that is not remembered is written again.
const mostLists = 4096

// lists remembers at which device of the page a list stands.
type lists struct {
	devices int
	at      map[[sha256.Size]byte]*place
}

// place is a device on the page.
type place struct {
	Position int
	Target   string
}

// foldedDevice is a device with the places of its lists; nil for a list that stands at the device itself.
type foldedDevice struct {
	Shown
	FindingsAt, StepsAt *place
}

// folded leaves failed and blocked devices as they are: an operator who repairs one needs all of it there.
func (h *htmlRun) folded(e Shown) foldedDevice {
	h.lists.devices++
	if e.Grade == gradeFailed || e.Grade == gradeBlocked {
		return foldedDevice{Shown: e}
	}
	return foldedDevice{
		Shown:      e,
		FindingsAt: h.lists.place(e, "findings", findingWords(e.Findings)),
		StepsAt:    h.lists.place(e, "steps", stepWords(e.Steps)),
	}
}

// place returns where an equal list of a device of the same grade stands, if this one need not be written.
func (l *lists) place(e Shown, kind string, words []string) *place {
	if len(words) == 0 {
		return nil
	}
	// A hash that is safe against collisions: texts of devices must not show a device as another one.
	key := sha256.Sum256([]byte(kind + gradeWords[e.Grade].title + unambiguous(words...)))
	if at := l.at[key]; at != nil {
		if l.devices <= inPlace {
			return nil
		}
		return at
	}
	if l.at == nil {
		l.at = map[[sha256.Size]byte]*place{}
	}
	if len(l.at) < mostLists {
		l.at[key] = &place{e.Position, e.Target}
	}
	return nil
}

// findingWords are all that the page shows of findings.
func findingWords(findings []remediate.Finding) []string {
	var words []string
	for _, f := range findings {
		words = append(words, strconv.FormatBool(f.Waived != nil), string(f.Level), f.Message, f.Code, f.Hint)
		if f.Waived != nil {
			words = append(words, f.Waived.Until, f.Waived.Owner, f.Waived.Reason)
		}
	}
	return words
}

// stepWords are all that the page shows of steps.
func stepWords(steps []entryStep) []string {
	var words []string
	for _, step := range steps {
		words = append(words, step.Status, step.Text, step.Reason)
	}
	return words
}

// unambiguous joins words so that different ones never give the same text.
func unambiguous(words ...string) string {
	var text strings.Builder
	for _, word := range words {
		text.WriteString(strconv.Itoa(len(word)) + ":" + word)
	}
	return text.String()
}

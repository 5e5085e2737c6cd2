package report

import (
	"cmp"
	"crypto/sha256"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/remediate"
)

// mostGroups bounds the memory of a section. A device beyond it that fits no group stands alone, after all groups.
const mostGroups = 1000

// htmlSection is the devices of one grade: those that read alike share one article.
// docs/design/output.md: A page has equal texts once
type htmlSection struct {
	groups []*deviceGroup
	at     map[[sha256.Size]byte]*deviceGroup
	rest   shelf
}

// deviceGroup is devices that differ in name, address, identity, backup and the words of an error alone.
type deviceGroup struct {
	first   Shown  // without what the text has already
	text    string // what they share, as HTML
	members []groupMember
	differ  bool // their errors have different words
}

// groupMember is a device as HTML, and the words of its error.
type groupMember struct{ text, message string }

// add puts a device into its group, which it may be the first of.
func (s *htmlSection) add(e Shown) error {
	// A hash that is safe against collisions: texts of devices must not show a device as another one.
	key := sha256.Sum256([]byte(unambiguous(sharedWords(e)...)))
	group := s.at[key]
	if group == nil {
		group = &deviceGroup{first: Shown{
			RunDevice: RunDevice{Position: e.Position, Target: e.Target}, Word: e.Word, Sentence: e.Sentence, Grade: e.Grade,
			Failure: e.Failure,
		}}
		text, err := pieceText("shared", e)
		if err != nil {
			return err
		}
		group.text = text
		if len(s.groups) >= mostGroups {
			if err := group.add(e); err != nil {
				return err
			}
			return group.send(&s.rest)
		}
		if s.at == nil {
			s.at = map[[sha256.Size]byte]*deviceGroup{}
		}
		s.at[key] = group
		s.groups = append(s.groups, group)
	}
	return group.add(e)
}

func (g *deviceGroup) add(e Shown) error {
	text, err := pieceText("member", e)
	if err != nil {
		return err
	}
	one := groupMember{text: text}
	if e.Failure != nil {
		one.message = e.Failure.Message
		g.differ = g.differ || one.message != g.first.Failure.Message
	}
	g.members = append(g.members, one)
	return nil
}

// send writes the article of the group. An error that has the same words everywhere stands once.
func (g *deviceGroup) send(w io.Writer) error {
	head := map[string]any{"First": g.first, "Devices": len(g.members), "Differ": g.differ}
	if err := piece(w, "grouphead", head); err != nil {
		return err
	}
	if _, err := io.WriteString(w, g.text+"<ul class=\"members\">\n"); err != nil {
		return err
	}
	for _, one := range g.members {
		if !g.differ {
			one.message = ""
		}
		if _, err := io.WriteString(w, one.text); err != nil {
			return err
		}
		if err := piece(w, "memberend", one.message); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, "</ul>\n</article>\n")
	return err
}

// send writes the section, the largest groups first.
func (s *htmlSection) send(w io.Writer) error {
	slices.SortStableFunc(s.groups, func(a, b *deviceGroup) int { return cmp.Compare(len(b.members), len(a.members)) })
	for _, group := range s.groups {
		if err := group.send(w); err != nil {
			return err
		}
	}
	return s.rest.empty(w)
}

// sharedWords are all that an article shows of its devices together.
func sharedWords(e Shown) []string {
	words := []string{e.Word, e.Sentence, "left"}
	words = append(words, stepWords(e.Left)...)
	words = append(append(words, "by hand"), e.ByHand...)
	words = append(append(words, "before and after"), e.BeforeAfter...)
	words = append(append(words, "findings"), findingWords(e.Findings)...)
	words = append(append(words, "steps"), stepWords(e.Steps)...)
	if e.Failure != nil {
		words = append(words, "failure", e.Failure.Code, e.Failure.Hint)
	}
	return words
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

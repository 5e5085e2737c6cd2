// Package strictyaml reads handwritten YAML and reports every mistake with line and column. It guesses nothing: no
// duplicate keys, no anchors, no true that was meant as text. The packages that use it define the keys.
package strictyaml

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"go.yaml.in/yaml/v3"
)

// Error is one mistake; Line and Column count from 1.
type Error struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// Error begins with the line and the column.
func (e Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Message) }

// Errors are the mistakes in a text, in order; never empty.
type Errors []Error

// Error returns the first mistake, and how many more there are.
func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%s (and %d more)", e[0].Error(), len(e)-1)
}

// maxErrors limits the mistakes reported for one text.
const maxErrors = 100

// Reader walks a tree and collects every mistake.
type Reader struct {
	// Instead is appended to the message that refuses anchors: "; use defaults".
	Instead string

	errors Errors
}

// Wrong records a mistake at a node.
func (r *Reader) Wrong(at *yaml.Node, format string, arguments ...any) {
	if len(r.errors) < maxErrors {
		r.errors = append(r.errors, Error{max(at.Line, 1), max(at.Column, 1), fmt.Sprintf(format, arguments...)})
	}
}

// Count returns the number of mistakes so far, up to the most that are kept.
func (r *Reader) Count() int { return len(r.errors) }

// Err returns the mistakes as Errors, or nil.
func (r *Reader) Err() error {
	if len(r.errors) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errors, func(a, b Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return r.errors
}

// Pairs iterates over the keys and values of a mapping; nothing for other nodes.
func Pairs(node *yaml.Node) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if node.Kind != yaml.MappingNode {
			return
		}
		for i := 0; i+1 < len(node.Content); i += 2 {
			if !yield(node.Content[i], node.Content[i+1]) {
				return
			}
		}
	}
}

// Has reports whether a mapping has a key.
func Has(node *yaml.Node, name string) bool {
	for key := range Pairs(node) {
		if key.Value == name {
			return true
		}
	}
	return false
}

// Entries iterates over a mapping and reports duplicate keys. For other nodes it records the message otherwise.
func (r *Reader) Entries(node *yaml.Node, otherwise string) func(func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		if !r.Plain(node) {
			return
		}
		if node.Kind != yaml.MappingNode {
			r.Wrong(node, "%s", otherwise)
			return
		}
		seen := map[string]int{}
		for key, value := range Pairs(node) {
			if !r.Plain(key) {
				continue
			}
			if key.Kind != yaml.ScalarNode {
				r.Wrong(key, "a key is a word")
				continue
			}
			if first, twice := seen[key.Value]; twice {
				r.Wrong(key, "the key %q is already given in line %d", key.Value, first)
				continue
			}
			seen[key.Value] = key.Line
			if !yield(key, value) {
				return
			}
		}
	}
}

// Items returns the items of a list. For other nodes it records the message otherwise.
func (r *Reader) Items(node *yaml.Node, otherwise string) []*yaml.Node {
	if !r.Plain(node) {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		r.Wrong(node, "%s", otherwise)
		return nil
	}
	return node.Content
}

// Plain refuses anchors and references: every value must be written where it applies.
func (r *Reader) Plain(node *yaml.Node) bool {
	if node.Kind == yaml.AliasNode || node.Anchor != "" {
		r.Wrong(node, "anchors and references are not supported%s", r.Instead)
		return false
	}
	return true
}

// words are the YAML types whose text is used as written: 1, 1.0 and 2027-01-31 need no quotes.
var words = []string{"!!str", "!!int", "!!float", "!!timestamp"}

// Text returns a value of one line, and reports whether there is one.
func (r *Reader) Text(node *yaml.Node) (string, bool) {
	switch {
	case !r.Plain(node):
	case node.Kind != yaml.ScalarNode:
		r.Wrong(node, "a text is wanted here, not a list or keys")
	case node.ShortTag() == "!!null" || node.Value == "":
		r.Wrong(node, "there is no value")
	case !slices.Contains(words, node.ShortTag()):
		r.Wrong(node, "a text is wanted here; put it in quotes")
	case len(node.Value) > maxText:
		r.Wrong(node, "the text is longer than %d bytes", maxText)
	case strings.ContainsFunc(node.Value, foreign.Acts):
		r.Wrong(node, "there is a control character in the text")
	default:
		return node.Value, true
	}
	return "", false
}

const maxText = 4096

// Texts returns a list of texts, or a single text if alone is set; never empty.
func (r *Reader) Texts(node *yaml.Node, alone bool) []*yaml.Node {
	if alone && node.Kind == yaml.ScalarNode {
		return []*yaml.Node{node}
	}
	items := r.Items(node, "a list is wanted here")
	if node.Kind == yaml.SequenceNode && len(items) == 0 {
		r.Wrong(node, "the list is empty")
	}
	return items
}

// Package explain describes each code of an error or a finding: its cause, what acfix did and did not do,
// what to do next. Operators read a device's own message and hint first; these pages are the background.
package explain

import (
	"bytes"
	"embed"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/acfix/acfix/remediate"
	"go.yaml.in/yaml/v3"
)

// CodeKind says where a code appears.
type CodeKind string

// The kinds of codes.
const (
	Error   CodeKind = "error"   // key "error" of a device: something failed
	Finding CodeKind = "finding" // key "findings" of a device: something to know about it
	Probe   CodeKind = "probe"   // keys "error" and "findings" of an endpoint of "acfix probe"
	Store   CodeKind = "store"   // on stderr, in brackets: the store of runs can't be used
)

// Page describes a code. Its text fields are the keys in the files of pages.
type Page struct {
	Code string   `json:"code"`
	Kind CodeKind `json:"kind"`
	// Level and Source belong to findings only: the level unless the operator decided about the finding, and
	// the source of the rule.
	Level   remediate.Level `json:"level,omitempty"`
	Source  string          `json:"source,omitempty"`
	Summary string          `json:"summary"` // one line
	Cause   string          `json:"cause"`
	Acfix   string          `json:"acfix"` // what it did and did not do
	Next    []string        `json:"next"`  // what to do, in this order
}

// files have the texts of all pages: a file for each chapter, in it a page for each code.
//
//go:embed pages
var files embed.FS

var readOnce = sync.OnceValue(func() []Page {
	rules := remediate.FindingRules()
	var all []Page
	for _, chapter := range chapters {
		pages := read(chapter.file)
		for _, code := range slices.Sorted(maps.Keys(pages)) {
			page := pages[code]
			page.Code, page.Kind = code, chapter.kind
			if chapter.kind == Finding {
				page.Level, page.Source = rules[code].Level, rules[code].Source
			}
			all = append(all, page)
		}
	}
	return all
})

// Pages returns all pages in the order of the document: chapter by chapter, each by its codes.
func Pages() []Page { return slices.Clone(readOnce()) }

// read returns the pages of a file by their codes.
func read(file string) map[string]Page {
	text, err := files.ReadFile("pages/" + file)
	if err != nil {
		panic(err) // embedded above
	}
	decoder, pages := yaml.NewDecoder(bytes.NewReader(text)), map[string]Page{}
	decoder.KnownFields(true)
	if err := decoder.Decode(&pages); err != nil {
		panic("explain: " + file + ": " + err.Error()) // a test reads each
	}
	return pages
}

// Find returns the pages of a code, in capitals or not: one of each kind that has it.
func Find(code string) []Page {
	return slices.DeleteFunc(Pages(), func(p Page) bool { return !strings.EqualFold(p.Code, code) })
}

// Codes returns the codes that have a page of one of the kinds, each once, sorted.
func Codes(kinds ...CodeKind) []string {
	var codes []string
	for _, page := range Pages() {
		if slices.Contains(kinds, page.Kind) {
			codes = append(codes, page.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// Chapter is the pages of one kind of code.
type Chapter struct {
	Kind  CodeKind
	Title string
	Pages []Page
}

// Chapters returns all pages as the document has them.
func Chapters() []Chapter {
	all := make([]Chapter, 0, len(chapters))
	for _, chapter := range chapters {
		one := Chapter{Kind: chapter.kind, Title: chapter.title}
		for _, page := range readOnce() {
			if page.Kind == chapter.kind {
				one.Pages = append(one.Pages, page)
			}
		}
		all = append(all, one)
	}
	return all
}

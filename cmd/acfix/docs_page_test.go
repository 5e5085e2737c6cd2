//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// docPage is a document for people, taken apart.
type docPage struct {
	path    string // relative to the root of the repository
	blocks  []block
	indents int // code blocks without a fence
	links   []string
	anchors map[string]bool
	spans   []string // code within text
}

// block is a fenced code block. name is the second word of its fence: a file to write.
type block struct {
	language, name, text string
}

var repository = filepath.Join("..", "..")

// pages are all documents whose links and words are checked.
func pages(t testing.TB) []docPage {
	t.Helper()
	var all []docPage
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/design/*.md", "deploy/*.md"} {
		paths, err := filepath.Glob(filepath.Join(repository, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths, pattern)
		for _, path := range paths {
			relative, err := filepath.Rel(repository, path)
			require.NoError(t, err)
			found, err := readPage(filepath.ToSlash(relative))
			require.NoError(t, err)
			all = append(all, found)
		}
	}
	return all
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))

func readPage(path string) (docPage, error) {
	source, err := os.ReadFile(filepath.Join(repository, path))
	if err != nil {
		return docPage{}, err
	}
	p := docPage{path: path, anchors: map[string]bool{}}
	tree := markdown.Parser().Parse(text.NewReader(source))
	return p, ast.Walk(tree, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.take(node, source)
		}
		return ast.WalkContinue, nil
	})
}

func (p *docPage) take(node ast.Node, source []byte) {
	switch node := node.(type) {
	case *ast.FencedCodeBlock:
		b := block{text: string(node.Lines().Value(source))}
		if node.Info != nil {
			b.language, b.name, _ = strings.Cut(string(node.Info.Value(source)), " ")
		}
		p.blocks = append(p.blocks, b)
	case *ast.CodeBlock:
		p.indents++
	case *ast.Link:
		p.links = append(p.links, string(node.Destination))
	case *ast.AutoLink:
		p.links = append(p.links, string(node.URL(source)))
	case *ast.Heading:
		p.anchors[anchor(plain(node, source))] = true
	case *ast.CodeSpan:
		p.spans = append(p.spans, plain(node, source))
	}
}

// plain is the text of a heading or a span.
func plain(node ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(node, func(inner ast.Node, entering bool) (ast.WalkStatus, error) {
		if leaf, ok := inner.(*ast.Text); ok && entering {
			b.Write(leaf.Segment.Value(source))
			if leaf.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor is what the usual viewers make of a heading.
func anchor(heading string) string {
	return strings.ReplaceAll(notInAnchors.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

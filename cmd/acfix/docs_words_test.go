//go:build unix

package main

import (
	"cmp"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// meanings are the words of a document and what they stand for.
type meanings struct {
	known   [][2]string // longer words come first
	unknown [][2]string // words, and a regular expression for what they will stand for
}

func (m *meanings) learn(words, value string) {
	m.known = append(m.known, [2]string{words, value})
	slices.SortStableFunc(m.known, func(a, b [2]string) int { return cmp.Compare(len(b[0]), len(a[0])) })
}

func (m *meanings) put(text string) string {
	for _, pair := range m.known {
		text = strings.ReplaceAll(text, pair[0], pair[1])
	}
	return text
}

// back turns what a command printed into the words of the document.
func (m *meanings) back(text string) string {
	for _, pair := range m.known {
		text = strings.ReplaceAll(text, pair[1], pair[0])
	}
	return text
}

// likeness is what output must be like.
func (m *meanings) likeness(lines []string) *regexp.Regexp {
	var b strings.Builder
	for _, line := range lines {
		if strings.TrimSpace(line) == "..." {
			b.WriteString(`(?:.*\n)*?`)
			continue
		}
		line = regexp.QuoteMeta(strings.TrimRight(line, " "))
		b.WriteString(strings.ReplaceAll(line, "…", `.*`) + ` *(?:\n|\z)`)
	}
	if n := len(lines); n > 0 && strings.TrimSpace(lines[n-1]) == "..." {
		b.WriteString(`(?s:.*)`)
	}
	whole := b.String()
	for _, pair := range m.unknown {
		whole = strings.Replace(whole, regexp.QuoteMeta(pair[0]), "(?P<"+groupOf(pair[0])+">"+pair[1]+")", 1)
	}
	return regexp.MustCompile(`\A` + whole + `\z`)
}

// groupOf names the part of a regular expression where words stand.
func groupOf(words string) string { return "w" + hex.EncodeToString([]byte(words)) }

// TestLikeness: a document that shows too little, too much or something else is found out.
func TestLikeness(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		shown, printed string
		like           bool
	}{
		"the same":               {"a\nb", "a\nb", true},
		"another line":           {"a\nb", "a\nc", false},
		"a line too few":         {"a", "a\nb", false},
		"a line too many":        {"a\nb", "a", false},
		"part of a line":         {"a", "ab", false},
		"a dot is a dot":         {"a.c", "abc", false},
		"any text in a line":     {"a…c", "abbc", true},
		"not beyond the line":    {"a…c", "ab\nbc", false},
		"any lines between":      {"a\n...\nc", "a\nb\nb\nc", true},
		"no lines between":       {"a\n...\nc", "a\nc", true},
		"any lines at the end":   {"a\n...", "a\nb\nc", true},
		"any lines before":       {"...\nc", "a\nb\nc", true},
		"any lines, another end": {"...\nc", "a\nb", false},
		"blanks at the end":      {"a\nb", "a  \nb", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			like := (&meanings{}).likeness(strings.Split(row.shown, "\n"))
			assert.Equal(t, row.like, like.MatchString(row.printed))
		})
	}
}

func TestWordsAreLearned(t *testing.T) {
	t.Parallel()
	m := &meanings{unknown: [][2]string{{"5d1f03ac", "[0-9a-f]{8}"}}}
	like := m.likeness([]string{"run 5d1f03ac of 3"})
	found := like.FindStringSubmatch("run 00c0ffee of 3")
	require.NotNil(t, found)
	m.learn("5d1f03ac", found[like.SubexpIndex(groupOf("5d1f03ac"))])
	assert.Equal(t, "acfix report 00c0ffee", m.put("acfix report 5d1f03ac"))
	assert.Equal(t, "apply 5d1f03ac", m.back("apply 00c0ffee"))
	assert.False(t, like.MatchString("run somebody of 3"))
}

func TestCommandsOfABlock(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []shown{
		{command: "a \\\n  b", output: []string{"one", "", "two"}},
		{command: "echo $?", output: []string{"3"}},
	}, commandsOf("$ a \\\n  b\none\n\ntwo\n$ echo $?\n3\n"))
}

// TestTheShellGoesOn: what one command sets or ends is there for the next.
func TestTheShellGoesOn(t *testing.T) {
	t.Parallel()
	sh, err := startShell(t.TempDir(), nil)
	require.NoError(t, err)
	defer sh.close()
	for _, row := range []struct {
		command string
		printed []string
		status  int
	}{
		{"word=kept", []string{}, 0},
		{"echo $word; echo 2 >&2", []string{"kept", "2"}, 0},
		{"(exit 3)", []string{}, 3},
		{"echo $?", []string{"3"}, 0},
		{"printf 'no end of line'", []string{"no end of line"}, 0},
	} {
		printed, status, err := sh.run(row.command, nil)
		require.NoError(t, err)
		assert.Equal(t, row.status, status, row.command)
		assert.Equal(t, row.printed, printed, row.command)
	}
	_, status, err := sh.run("sh -c 'echo ready; exec sleep 100'", func(soFar []string) bool { return slices.Contains(soFar, "ready") })
	require.NoError(t, err)
	assert.Equal(t, 130, status, "Ctrl-C")
}

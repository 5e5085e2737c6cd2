package foreign_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/stretchr/testify/assert"
)

// characters holds, for each kind of character, whether it is shown and whether a text that has it is taken at all.
var characters = map[string]struct {
	text        string
	shows, acts bool
}{
	"letters":             {"aZüß日本", true, false},
	"digits and signs":    {"09#%$=~'\"\\<>&", true, false},
	"a combining mark":    {"\u0301", true, false},
	"an emoji":            {"\U0001F4DE", true, false},
	"space":               {" ", true, false},
	"no-break space":      {"\u00a0\u202f", false, false},
	"other spaces":        {"\u1680\u2003\u205f\u3000", false, false},
	"private use":         {"\ue000\U000f0000", false, false},
	"unassigned":          {"\u0378\ufdd0", false, false},
	"C0 controls":         {"\x00\x07\x08\x1b\x7f", false, true},
	"tab and line ends":   {"\t\n\r\v\f\u0085", false, true},
	"C1 controls":         {"\u0080\u009b\u009f", false, true},
	"line separators":     {"\u2028\u2029", false, true},
	"turns of direction":  {"\u202a\u202e\u2066\u2069\u200e\u061c", false, true},
	"zero width":          {"\u200b\u200d\u2060\ufeff", false, true},
	"soft hyphen":         {"\u00ad", false, true},
	"tags":                {"\U000e0001\U000e0041", false, true},
	"annotation":          {"\ufff9\ufffb", false, true},
	"the mark itself":     {"\ufffd", true, false},
	"other number, roman": {"½Ⅷ", true, false},
}

func TestCharacters(t *testing.T) {
	t.Parallel()
	for name, kind := range characters {
		for _, r := range kind.text {
			assert.Equal(t, kind.shows, foreign.Shows(r), "%s: %U", name, r)
			assert.Equal(t, kind.acts, foreign.Acts(r), "%s: %U", name, r)
		}
	}
}

func TestWhatActsNeverShows(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= utf8.MaxRune; r++ {
		assert.False(t, foreign.Acts(r) && foreign.Shows(r), "%U", r)
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	clean := func(text string) string { return foreign.Clean(text) }
	five := func(text string) string { return foreign.Bounded(text, 5) }
	cut := func(text string) string { return foreign.Cut(text, 5) }
	file := func(text string) string { return foreign.FileName(text, 20) }
	for name, test := range map[string]struct {
		rule         func(string) string
		text, wanted string
	}{
		"clean, empty":             {clean, "", ""},
		"clean, plain":             {clean, "SIP Trunk #1 (Zürich) 日本", "SIP Trunk #1 (Zürich) 日本"},
		"clean, escape sequence":   {clean, "\x1b[2Jx", "\uFFFD[2Jx"},
		"clean, line ends":         {clean, "a\r\nb", "a\uFFFD\uFFFDb"},
		"clean, tab":               {clean, "a\tb", "a\uFFFDb"},
		"clean, NUL and DEL":       {clean, "\x00\x7f", "\uFFFD\uFFFD"},
		"clean, C1 control":        {clean, "\u009b31m", "\uFFFD31m"},
		"clean, right to left":     {clean, "\u202egnp.exe\u202c", "\uFFFDgnp.exe\uFFFD"},
		"clean, isolates":          {clean, "\u2066x\u2069", "\uFFFDx\uFFFD"},
		"clean, zero width":        {clean, "a\u200bb\ufeff", "a\uFFFDb\uFFFD"},
		"clean, line separators":   {clean, "a\u2028b\u2029c", "a\uFFFDb\uFFFDc"},
		"clean, spaces":            {clean, "a b\u00a0c\u3000d", "a b\uFFFDc\uFFFDd"},
		"clean, invalid UTF-8":     {clean, "a\xff\x9bb", "a\uFFFD\uFFFDb"},
		"clean, a mark":            {clean, "\uFFFD", "\uFFFD"},
		"lines":                    {foreign.CleanLines, "a\n\tb\r\n\x1b\n", "a\n\uFFFDb\uFFFD\n\uFFFD\n"},
		"bounded, short":           {five, "12345", "12345"},
		"bounded, long":            {five, "123456", "1234…"},
		"bounded, clean":           {five, "\x1b\n3456", "\uFFFD\uFFFD34…"},
		"bounded, by characters":   {five, "üüüüü", "üüüüü"},
		"cut, short":               {cut, "12345", "12345"},
		"cut, long":                {cut, "123456", "12345"},
		"cut, between characters":  {cut, "1234ü", "1234"},
		"cut, no start at all":     {cut, "\x80\x80\x80\x80\x80\x80", ""},
		"file, plain":              {file, "ams-1_backup.tar.gz", "ams-1_backup.tar.gz"},
		"file, folders":            {file, "../../etc/passwd", "etc-passwd"},
		"file, Windows":            {file, `C:\x:y*?`, "C--x-y"},
		"file, header":             {file, "a\"b\r\nX: y", "a-b--X--y"},
		"file, hidden":             {file, ".profile", "profile"},
		"file, option":             {file, "--help", "help"},
		"file, dots at the end":    {file, "a...", "a"},
		"file, letters elsewhere":  {file, "Zürich٣", "Z-rich"},
		"file, long":               {file, strings.Repeat("a", 30), strings.Repeat("a", 20)},
		"file, a dot at the limit": {file, strings.Repeat("a", 19) + ".b", strings.Repeat("a", 19)},
		"file, nothing":            {file, "", "unknown"},
		"file, nothing left":       {file, "..///日本", "unknown"},
		"cell, plain":              {foreign.Cell, "12 devices", "12 devices"},
		"cell, formula":            {foreign.Cell, `=HYPERLINK("x")`, `'=HYPERLINK("x")`},
		"cell, after a space":      {foreign.Cell, "  @x", "  '@x"},
		"cell, after a separator":  {foreign.Cell, "a;+1", "a;'+1"},
		"cell, wide":               {foreign.Cell, "＝1", "'＝1"},
		"cell, control characters": {foreign.Cell, "a\r\n=1", "a\uFFFD\uFFFD=1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.wanted, test.rule(test.text))
		})
	}
}

// Cleaning is not undone or repeated by cleaning again, and nothing else is changed.
func FuzzClean(f *testing.F) {
	for _, kind := range characters {
		f.Add(kind.text)
	}
	f.Add("a\x1b[31m\r\n\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		clean := foreign.Clean(text)
		assert.True(t, utf8.ValidString(clean))
		assert.Equal(t, clean, foreign.Clean(clean))
		assert.Equal(t, utf8.RuneCountInString(text), utf8.RuneCountInString(clean))
		assert.False(t, strings.ContainsFunc(clean, foreign.Acts))
		assert.LessOrEqual(t, utf8.RuneCountInString(foreign.Bounded(text, 10)), 10)
		assert.Regexp(t, `^[A-Za-z0-9_][A-Za-z0-9._-]{0,19}$`, foreign.FileName(text, 20))
	})
}

package usage_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	words := []string{"ams-1", "ams-2", "ams-10", "lon-1", "nyc-main", "zürich-1"}
	for word, want := range map[string]string{
		"ams-1":     "ams-1",
		"AMS-1":     "ams-1",
		"ams1":      "ams-1",
		"ams_1":     "ams-1",
		"asm-2":     "ams-2",
		"ams-3":     "ams-1 ams-2",
		"ams-11":    "ams-1 ams-10",
		"ams-":      "ams-1 ams-2",
		"nyc-mian":  "nyc-main",
		"nycmain":   "nyc-main",
		"nyc-mains": "nyc-main",
		"zurich-1":  "zürich-1",
		"nol-1":     "lon-1",
		"nyc":       "nyc-main",
		"ny":        "",
		"fra-7":     "", "x": "", "": "", "-": "", "sbc.example": "",
		strings.Repeat("a", 1<<20): "",
	} {
		assert.Equal(t, want, strings.Join(usage.Nearest(word, words), " "), "%.20s", word)
	}
	assert.Empty(t, usage.Nearest("a", nil))
	assert.Equal(t, []string{"plan"}, usage.Nearest("plna", []string{"plan", "apply", "plan"}), "each once")
	assert.Len(t, usage.Nearest("a0", strings.Fields("a1 a2 a3 a4 a5")), 3)
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{"": "", "a": "a", "a b": "a or b", "a b c": "a, b or c"} {
		assert.Equal(t, want, usage.OneOf(strings.Fields(words)))
	}
}

func TestNearestCommand(t *testing.T) {
	t.Parallel()
	words := []string{"plan", "apply", "history", "inventory", "password-file", "soak", "save-unsaved"}
	for word, want := range map[string][]string{
		"plna":          {"plan"},
		"pln":           {"plan"},
		"plann":         {"plan"},
		"PLAN":          {"plan"},
		"aply":          {"apply"},
		"hsitory":       {"history"},
		"inv":           {"inventory"},
		"inventroy":     {"inventory"},
		"passwrod-fiel": {"password-file"},
		"soka":          {"soak"},
		"saveunsaved":   {"save-unsaved"},
		"x":             nil,
		"":              nil,
		"sbc.example":   nil,
		"plän":          {"plan"},
	} {
		assert.Equal(t, want, usage.Nearest(word, words), word)
	}
	assert.Equal(t, []string{"ams-1", "ams-2", "ams-3"}, usage.Nearest("ams-4", []string{"ams-1", "ams-2", "ams-3", "ams-5"}), "a few, in their order")
	assert.Equal(t, []string{"berlin-ab"}, usage.Nearest("berlin-aa", []string{"berlin-xy", "berlin-ab"}), "the nearest alone")
}

func TestDidYouMeanComesBeforeTheHint(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `did you mean "json"? give one of: text, json`, usage.DidYouMean("jsno", []string{"text", "json"}, "give one of: text, json"))
	assert.Equal(t, "give one of: text, json", usage.DidYouMean("xml", []string{"text", "json"}, "give one of: text, json"))
	assert.Equal(t, `did you mean "aa" or "ab"? look`, usage.DidYouMean("ac", []string{"aa", "ab"}, "look"))
}

package misuse_test

import (
	"testing"

	"github.com/acfix/acfix/misuse"
	"github.com/stretchr/testify/assert"
)

func TestNearest(t *testing.T) {
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
		"pläne":         nil,
		"plän":          {"plan"},
	} {
		assert.Equal(t, want, misuse.Nearest(word, words), word)
	}
	assert.Equal(t, []string{"ams-1", "ams-2", "ams-3"}, misuse.Nearest("ams-4", []string{"ams-1", "ams-2", "ams-3", "ams-5"}), "a few, in their order")
	assert.Equal(t, []string{"berlin-ab", "berlin-xy"}, misuse.Nearest("berlin-aa", []string{"berlin-xy", "berlin-ab"}), "the nearest first")
}

func TestMeantComesBeforeTheHint(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `did you mean "json"? give one of: text, json`, misuse.Meant("jsno", []string{"text", "json"}, "give one of: text, json"))
	assert.Equal(t, "give one of: text, json", misuse.Meant("xml", []string{"text", "json"}, "give one of: text, json"))
	assert.Equal(t, `did you mean "aa" or "ab"? look`, misuse.Meant("ac", []string{"aa", "ab"}, "look"))
}

package strictyaml_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// read takes a mapping of texts apart.
func read(data string) (map[string]string, error) {
	root, problem := strictyaml.Tree([]byte(data), "list")
	if problem != nil {
		return nil, strictyaml.Errors{*problem}
	}
	r := strictyaml.Reader{Instead: "; write it out"}
	found := map[string]string{}
	for key, value := range r.Entries(root, "keys are wanted") {
		for _, item := range r.Texts(value, true) {
			if text, ok := r.Text(item); ok {
				found[key.Value] += text + ";"
			}
		}
	}
	return found, r.Err()
}

func TestWhatIsWrittenIsTaken(t *testing.T) {
	t.Parallel()
	found, err := read("a: 1.0\nb: [x, \"true\"]\nc: 2027-01-31\n")
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "1.0;", "b": "x;true;", "c": "2027-01-31;"}, found)
}

func TestMistakesHaveTheirPlace(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]string{
		"":                                "1:1: the list is empty",
		"# nothing\n":                     "1:1: the list is empty",
		"- a\n":                           "1:1: keys are wanted",
		"a: b\n---\nc: d\n":               "2:1: one YAML document is wanted; here a second begins",
		"a: b\nc: [\n":                    "2:1: not YAML",
		"a: b\na: c\n":                    `2:1: the key "a" is already given in line 1`,
		"a: &x b\nc: d\n":                 "1:4: anchors and references are not supported; write it out",
		"a: b\nc: true\n":                 "2:4: a text is wanted here; put it in quotes",
		"a: {b: c}\n":                     "1:4: a list is wanted here",
		"a: []\n":                         "1:4: the list is empty",
		"a: [b, [c]]\n":                   "1:8: a text is wanted here",
		"a: ~\n":                          "1:4: there is no value",
		"a: \"\\u202e\"\n":                "1:4: there is a control character",
		"a: \x07\n":                       "1:4: a control character can't stand here",
		"a: \xff\n":                       "1:4: this is not UTF-8 text",
		"a: " + strings.Repeat("b", 5000): "1:4: the text is longer than 4096 bytes",
		"a: true\nb: ~\n":                 "1:4: a text is wanted here; put it in quotes (and 1 more)",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := read(data)
			var all strictyaml.Errors
			require.ErrorAs(t, err, &all)
			assert.True(t, strings.HasPrefix(err.Error(), want), "%s", err)
		})
	}
}

func TestMistakesAreInTheOrderOfTheText(t *testing.T) {
	t.Parallel()
	var r strictyaml.Reader
	require.NoError(t, r.Err())
	for _, line := range []int{3, 1, 2} {
		r.Wrong(&yaml.Node{Line: line, Column: 1}, "x")
	}
	assert.EqualError(t, r.Err(), "1:1: x (and 2 more)")
	for range 200 {
		r.Wrong(&yaml.Node{}, "y")
	}
	var all strictyaml.Errors
	require.ErrorAs(t, r.Err(), &all)
	assert.Len(t, all, 100)
}

package mockdevice_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

var (
	heading  = regexp.MustCompile(`(?m)^## A(\d+)\. \S`)
	switches = regexp.MustCompile("(?m)^- Switch: (.+)$")
	quoted   = regexp.MustCompile("`([^`]+)`")
)

// entries maps the number of each assumption to the switches it names.
func entries(t *testing.T) map[int][]string {
	text, err := os.ReadFile("ASSUMPTIONS.md")
	require.NoError(t, err)
	found := map[int][]string{}
	marks := heading.FindAllStringSubmatchIndex(string(text), -1)
	for i, mark := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		section := string(text[mark[0]:end])
		number, err := strconv.Atoi(string(text[mark[2]:mark[3]]))
		require.NoError(t, err)
		assert.NotContains(t, found, number)
		assert.Equal(t, i+1, number, "numbers have no gaps")
		for _, field := range []string{"- Behaviour: ", "- Source: ", "- Check: "} {
			assert.Contains(t, section, field, "A%d", number)
		}
		assert.Regexp(t, `(?m)^- Certainty: [DCIU]$`, section, "A%d", number)
		line := switches.FindStringSubmatch(section)
		require.NotNil(t, line, "A%d", number)
		found[number] = []string{}
		for _, name := range quoted.FindAllStringSubmatch(line[1], -1) {
			found[number] = append(found[number], name[1])
		}
		assert.Equal(t, line[1] == "none", len(found[number]) == 0, "A%d", number)
	}
	return found
}

// deviations are the variants and the quirks.
func deviations() []mockdevice.Variant {
	return slices.Concat(mockdevice.Variants(), mockdevice.Quirks())
}

func TestEveryVariantIsAnAssumptionAndEverySwitchExists(t *testing.T) {
	want := map[int][]string{}
	for _, v := range deviations() {
		want[v.Number] = append(want[v.Number], v.Name)
	}
	got := entries(t)
	for number, names := range got {
		assert.Equal(t, want[number], append([]string(nil), names...), "A%d", number)
	}
	for number := range want {
		assert.Contains(t, got, number)
	}
}

func TestVariantsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	groups := map[string]int{}
	for _, v := range deviations() {
		assert.False(t, seen[v.Name], v.Name)
		seen[v.Name] = true
		groups[v.Group]++
		assert.NotEmpty(t, v.Summary)
		assert.Equal(t, strings.ToLower(v.Name), v.Name)
		var dialect mockdevice.Dialect
		v.Set(&dialect)
		assert.NotEqual(t, mockdevice.Dialect{}, dialect, v.Name)
		found, ok := mockdevice.FindVariant(v.Name)
		assert.True(t, ok)
		assert.Equal(t, v.Number, found.Number)
	}
	for group, n := range groups {
		assert.Greater(t, n, 1, "group %q excludes nothing", group)
	}
	_, ok := mockdevice.FindVariant("nope")
	assert.False(t, ok)
}

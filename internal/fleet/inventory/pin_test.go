package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	oldPin = strings.Repeat("0a", 32)
	newPin = strings.Repeat("1b", 32)
)

// TestPinsAreWritten: OLD and NEW stand for pins, >>…<< for what must come into the file. Everything
// else stays byte for byte.
func TestPinsAreWritten(t *testing.T) {
	t.Parallel()
	for name, marked := range map[string]string{
		"behind the url":      "devices:\n  - name: a\n    url: b # there\n>>    pin: \"NEW\"\n<<    tags: [x]\n",
		"comments and order":  "# fleet\n\ndevices:\n\n  # first\n  - url: b\n>>    pin: \"NEW\"\n<<    # its name\n    name:   a   # !\n# end",
		"CRLF":                "devices:\r\n  - name: a\r\n    url: b\r\n>>    pin: \"NEW\"\r\n<<    tags: [x]\r\n",
		"CR":                  "devices:\r  - name: a\r    url: b\r>>    pin: \"NEW\"\r<<    tags: [x]\r",
		"last line, no end":   "devices:\n  - name: a\n    url: b>>\n    pin: \"NEW\"<<",
		"last line":           "devices:\n  - name: a\n    url: b\n>>    pin: \"NEW\"\n<<",
		"quoted":              "devices:\n  - 'name': \"a\"\n    url: 'b'\n>>    pin: \"NEW\"\n<<",
		"no indentation":      "devices:\n- name: a\n  url: b\n>>  pin: \"NEW\"\n<<- {name: c, url: d}\n",
		"deep indentation":    "devices:\n      -     name: a\n            url: b\n>>            pin: \"NEW\"\n<<",
		"the dash alone":      "devices:\n  -\n    name: a\n    url: b\n>>    pin: \"NEW\"\n<<",
		"the next line":       "devices:\n  - name: a\n    url:\n      b\n>>    pin: \"NEW\"\n<<    tags: [x]\n",
		"braces":              "devices:\n  - {name: a, url: b>>, pin: \"NEW\"<<, tags: [x]} # one\n",
		"braces, last":        "devices: [{name: a, tags: [x], url: 'b'>>, pin: \"NEW\"<< }]\n",
		"braces over lines":   "devices:\n  - {name: a,\n     url: b>>, pin: \"NEW\"<<, # there\n     tags: [x]}\n",
		"JSON":                "{\"devices\": [{\"name\": \"a\", \"url\": \"b\">>, \"pin\": \"NEW\"<<, \"tags\": [\"x\"]}]}",
		"JSON over lines":     "{\"devices\": [\n  {\"name\": \"a\",\n   \"url\": \"b\">>, \"pin\": \"NEW\"<<,\n   \"tags\": [\"x\"]}]}\n",
		"letters of any size": "defaults: {username: Jürgen, proxy_set: \"🎉\"}\ndevices: [{name: ä, proxy_set: 🎉, url: c}, {tags: [ü], name: a, url: b>>, pin: \"NEW\"<<}]\n",
		"a BOM":               "\ufeffdevices: [{name: a, url: b>>, pin: \"NEW\"<<}]\n",
		"a second document's": "%YAML 1.1\n---\ndevices:\n  - name: a\n    url: b\n>>    pin: \"NEW\"\n<<...\n",
		"over the defaults":   "defaults: {pin: OLD}\ndevices:\n  - name: a\n    url: b\n>>    pin: \"NEW\"\n<<  - {name: c, url: d}\n",
	} {
		checkPinning(t, name, marked)
	}
	for name, row := range map[string][2]string{
		"plain":             {"devices:\n  - name: a\n    pin: OLD # since May\n    url: b\n", "OLD"},
		"quoted":            {"devices:\n  - name: a\n    pin: 'OLD'   \n    url: b\n", "'OLD'"},
		"braces":            {"devices: [{name: a, pin: \"OLD\", url: b}]", `"OLD"`},
		"a list of one":     {"devices: [{name: a, pin: [OLD], url: b}]", "OLD"},
		"a list over lines": {"devices:\n  - name: a\n    pin:\n      # unit 1\n      - \"OLD\" # since May\n    url: b\n", `"OLD"`},
	} {
		data := strings.ReplaceAll(row[0], "OLD", oldPin)
		edited, byHand, err := inventory.WritePins([]byte(data), map[string]string{"a": newPin}, rules)
		require.NoError(t, err, name)
		assert.Empty(t, byHand, name)
		written := strings.ReplaceAll(row[1], "OLD", oldPin)
		assert.Equal(t, strings.Replace(data, written, `"`+newPin+`"`, 1), string(edited), name)
	}
}

func checkPinning(t *testing.T, name, marked string) {
	t.Helper()
	fill := strings.NewReplacer("NEW", newPin, "OLD", oldPin)
	before, rest, _ := strings.Cut(marked, ">>")
	inserted, after, _ := strings.Cut(rest, "<<")
	edited, byHand, err := inventory.WritePins([]byte(fill.Replace(before+after)), map[string]string{"a": newPin, "nobody": oldPin}, rules)
	require.NoError(t, err, name)
	assert.Empty(t, byHand, name)
	assert.Equal(t, fill.Replace(before+inserted+after), string(edited), name)
	read, err := inventory.Parse(edited, inventory.YAML, rules)
	require.NoError(t, err, name)
	for _, device := range read.Devices {
		if device.Name == "a" {
			assert.Equal(t, []string{newPin}, device.Pins, name)
		}
	}
}

// TestWhatCanNotBePinnedSafelyIsLeftToAPerson: the file stays as it is there, and the line is told.
func TestWhatCanNotBePinnedSafelyIsLeftToAPerson(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"several pins":   "devices:\n  - {name: a, url: b, pin: [OLD, \"OLD\"]}\n  - {name: c, url: d}\n",
		"a block":        "devices:\n  - name: a\n    url: >-\n      b\n  - {name: c, url: d}\n",
		"an escape":      "devices:\n  - {name: a, url: \"\\x62\"}\n  - {name: c, url: d}\n",
		"a tag":          "devices:\n  - {name: a, url: !!str b}\n  - {name: c, url: d}\n",
		"a strange line": "devices:\n  - {name: a, tags: [x], proxy_set: \"u\u0085v\", url: \"\\x62\"}\n  - {name: c, url: d}\n",
		"a complex key":  "devices:\n  - name: a\n    ? url\n    : \"\\x62\"\n  - {name: c, url: d}\n",
	} {
		data = strings.ReplaceAll(data, "OLD", oldPin)
		_, err := inventory.Parse([]byte(data), inventory.YAML, rules)
		require.NoError(t, err, name)
		edited, byHand, err := inventory.WritePins([]byte(data), map[string]string{"a": newPin, "c": oldPin}, rules)
		require.NoError(t, err, name)
		require.Len(t, byHand, 1, name)
		assert.Equal(t, "a", byHand[0].Device)
		assert.Equal(t, `pin: "`+newPin+`"`, byHand[0].Paste)
		assert.Equal(t, 2, byHand[0].Line)
		assert.NotEmpty(t, byHand[0].Why)
		assert.Equal(t, strings.Replace(data, "url: d}", `url: d, pin: "`+oldPin+`"}`, 1), string(edited), "the other one is written")
	}
	_, _, err := inventory.WritePins([]byte("a: [\n"), nil, rules)
	assert.ErrorContains(t, err, "not YAML")
}

func TestAFleetIsPinnedAtOnce(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("devices:\n")
	pins := map[string]string{}
	for n := range 500 {
		fmt.Fprintf(&text, "  - name: sbc-%d\n    url: host-%d\n", n, n)
		pins[fmt.Sprintf("sbc-%d", n)] = newPin
	}
	edited, byHand, err := inventory.WritePins([]byte(text.String()), pins, rules)
	require.NoError(t, err)
	assert.Empty(t, byHand)
	assert.Equal(t, 500, strings.Count(string(edited), "    pin: \""+newPin+"\"\n"))
}

func FuzzWritePins(f *testing.F) {
	f.Add([]byte("devices:\n  - name: a\n    url: b # x\n    pin:\n      - " + oldPin + "\n  - {name: c, url: d}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		before, err := inventory.Parse(data, inventory.YAML, rules)
		if err != nil {
			return
		}
		pins := map[string]string{}
		for _, device := range before.Devices {
			pins[device.Name] = newPin
		}
		edited, byHand, err := inventory.WritePins(data, pins, rules)
		require.NoError(t, err, "%q", data)
		after, err := inventory.Parse(edited, inventory.YAML, rules)
		require.NoError(t, err, "%q", edited)
		left := map[string]bool{}
		for _, one := range byHand {
			left[one.Device] = true
		}
		for i := range before.Devices {
			if !left[before.Devices[i].Name] {
				before.Devices[i].Pins = []string{newPin}
			}
		}
		require.Equal(t, before, after, "%q", edited)
	})
}

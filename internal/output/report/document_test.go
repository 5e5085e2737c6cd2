package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// plain is the form that documents have had from the beginning, in its simplest words.
func plain(t *testing.T, value any) string {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(value))
	var escaped strings.Builder
	for _, r := range text.String() {
		if r == '\n' || !unicode.IsControl(r) && !unicode.Is(unicode.Cf, r) {
			escaped.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&escaped, "\\u%04x", unit)
		}
	}
	return escaped.String()
}

func written(t *testing.T, value any) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, report.WriteDocument(&text, value))
	return text.String()
}

func TestWrite(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "{\n  \"a\": \"<b> & Zürich\",\n  \"c\": []\n}\n", written(t, map[string]any{"a": "<b> & Zürich", "c": []int{}}))
	for text, wanted := range map[string]string{
		"\x1b[2J":       `"\u001b[2J"`,
		"\u009b31m\x7f": `"\u009b31m\u007f"`,
		"\u202egnp.exe": `"\u202egnp.exe"`,
		"\u2028\ufeff":  `"\u2028\ufeff"`,
		"\U000e0001":    `"\udb40\udc01"`,
		"\xff":          `"\ufffd"`,
		"日本 😀":          `"日本 😀"`,
	} {
		assert.Equal(t, wanted+"\n", written(t, text))
	}
}

// value makes one of any JSON value, with texts of every kind.
func value(random *rand.Rand, depth int) any {
	kinds := 6
	if depth == 0 {
		kinds = 4
	}
	switch random.IntN(kinds) {
	case 0:
		texts := []string{"", "sbc", "a\"b\\c\n\t", "\u202e\x1b\u009b\x7f", "<&>", "\U000e0001", "\xff", "日本"}
		return texts[random.IntN(len(texts))]
	case 1:
		return random.IntN(1000)
	case 2:
		return nil
	case 3:
		return []int{}
	case 4:
		list := make([]any, random.IntN(4))
		for i := range list {
			list[i] = value(random, depth-1)
		}
		return list
	default:
		object := map[string]any{}
		for range random.IntN(4) {
			object[fmt.Sprintf("key \u202e%d", random.IntN(100))] = value(random, depth-1)
		}
		return object
	}
}

type streamedDocument struct {
	Name    any   `json:"name"`
	Devices []any `json:"devices"`
	Summary any   `json:"summary"`
}

func stream(w *bytes.Buffer, all streamedDocument) error {
	object := report.OpenDocument(w)
	object.Put("name", all.Name)
	add, end := object.List("devices")
	for _, device := range all.Devices {
		if err := add(device); err != nil {
			return err
		}
	}
	end()
	object.Put("summary", all.Summary)
	return object.Close()
}

func TestKeyByKeyIsTheSameAsWhole(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(4, 2))
	for i := range 2000 {
		all := streamedDocument{Name: value(random, 2), Devices: []any{}, Summary: value(random, 2)}
		for range i % 4 {
			all.Devices = append(all.Devices, value(random, 4))
		}
		var text bytes.Buffer
		require.NoError(t, stream(&text, all))
		require.Equal(t, plain(t, all), text.String())
		require.Equal(t, plain(t, all), written(t, all))
	}
}

func TestAnEmptyObject(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.NoError(t, report.OpenDocument(&text).Close())
	assert.Equal(t, plain(t, map[string]any{}), text.String())
}

type countingWriter struct{ calls int }

func (b *countingWriter) Write([]byte) (int, error) { b.calls++; return 0, errPipe }

func TestWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, report.WriteDocument(&countingWriter{}, 1), errPipe)

	broken := &countingWriter{}
	object := report.OpenDocument(broken)
	add, _ := object.List("devices")
	var err error
	for range 100 {
		if err = add(strings.Repeat("x", 10_000)); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, errPipe, "a closed pipe ends the list early")
	require.ErrorIs(t, object.Close(), errPipe)
	assert.Equal(t, 1, broken.calls)
}

func TestWhatCannotBeEncoded(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	require.Error(t, report.WriteDocument(&text, func() {}))
	assert.Empty(t, text.String())

	object := report.OpenDocument(&text)
	object.Put("a", func() {})
	object.Put("b", 1)
	require.Error(t, object.Close())
	assert.NotContains(t, text.String(), "}")
}

package planfile_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf16"

	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type document struct {
	Schema  string   `json:"schema"`
	Devices []string `json:"devices"`
}

var (
	key  = []byte("0123456789abcdef0123456789abcdef")
	plan = document{Schema: "acfix.plan/v1", Devices: []string{"<sbc> & \u2028", "ams-1"}}
)

func sealed(t *testing.T) []byte {
	t.Helper()
	data, err := planfile.Seal(plan, key)
	require.NoError(t, err)
	return data
}

func TestASealedPlanOpens(t *testing.T) {
	t.Parallel()
	data := sealed(t)
	assert.True(t, json.Valid(data), "it is the plan's own JSON")
	var opened document
	require.NoError(t, planfile.Open(data, key, &opened))
	assert.Equal(t, plan, opened)
}

func TestEveryChangedByteBreaksTheSeal(t *testing.T) {
	t.Parallel()
	data := sealed(t)
	for i := range data {
		changed := bytes.Clone(data)
		changed[i] ^= 1
		var opened document
		require.ErrorIs(t, planfile.Open(changed, key, &opened), planfile.ErrNotSealed, "byte %d", i)
		require.Empty(t, opened.Schema, "nothing is looked at before the seal")
	}
}

func TestEveryCutBreaksTheSeal(t *testing.T) {
	t.Parallel()
	data := sealed(t)
	for i := range data {
		require.ErrorIs(t, planfile.Open(data[:i], key, &document{}), planfile.ErrNotSealed)
		require.ErrorIs(t, planfile.Open(data[i+1:], key, &document{}), planfile.ErrNotSealed)
	}
	require.ErrorIs(t, planfile.Open(append(bytes.Clone(data), '\n'), key, &document{}), planfile.ErrNotSealed)
}

// rewritten is a sealed plan as programs of Windows write its text anew.
func rewritten(data []byte) map[string][]byte {
	crlf := bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	utf16 := func(text []byte, mark string) []byte {
		out := []byte(mark)
		for _, unit := range utf16.Encode([]rune(string(text))) {
			out = append(out, byte(unit), byte(unit>>8))
		}
		return out
	}
	return map[string][]byte{
		"CRLF":                       crlf,
		"byte order mark":            append([]byte("\xef\xbb\xbf"), data...),
		"byte order mark and CRLF":   append([]byte("\xef\xbb\xbf"), crlf...),
		"UTF-16":                     utf16(data, "\xff\xfe"),
		"UTF-16 and CRLF":            utf16(crlf, "\xff\xfe"),
		"UTF-16 without mark":        utf16(crlf, ""),
		"a line end more at the end": append(bytes.Clone(crlf), "\r\n"...),
	}
}

func TestAPlanThatWindowsWroteAnewOpens(t *testing.T) {
	t.Parallel()
	for name, data := range rewritten(sealed(t)) {
		var opened document
		require.NoError(t, planfile.Open(data, key, &opened), name)
		assert.Equal(t, plan, opened, name)
	}
}

// TestAnotherTextStaysRefusedInEveryEncoding: what was edited before or after it was written anew.
func TestAnotherTextStaysRefusedInEveryEncoding(t *testing.T) {
	t.Parallel()
	for name, data := range rewritten(bytes.Replace(sealed(t), []byte("ams-1"), []byte("ams-2"), 1)) {
		var opened document
		require.ErrorIs(t, planfile.Open(data, key, &opened), planfile.ErrNotSealed, name)
		require.Empty(t, opened.Schema)
	}
	for name, data := range rewritten(sealed(t)) {
		for i := range data {
			changed := bytes.Clone(data)
			changed[i] ^= 1
			var opened document
			if err := planfile.Open(changed, key, &opened); err == nil {
				assert.Equal(t, plan, opened, "%s, byte %d: it may lose what stands around the text, not a letter of it", name, i)
			}
			require.LessOrEqual(t, len(opened.Devices), 2)
		}
	}
	require.ErrorIs(t, planfile.Open([]byte(`{"schema": "acfix.plan/v1"}`), key, &document{}), planfile.ErrUnsealed)
}

func TestAnotherKeyDoesNotOpenIt(t *testing.T) {
	t.Parallel()
	err := planfile.Open(sealed(t), []byte("another key, and just as long..."), &document{})
	require.ErrorIs(t, err, planfile.ErrNotSealed)
	assert.NotContains(t, err.Error(), string(key))
}

func TestWhatCannotBeWrittenIsNotSealed(t *testing.T) {
	t.Parallel()
	_, err := planfile.Seal(func() {}, key)
	assert.Error(t, err)
}

func FuzzOpen(f *testing.F) {
	data, err := planfile.Seal(plan, key)
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte("{}"))
	f.Add([]byte(`{"mac": "` + "\n"))
	f.Fuzz(func(t *testing.T, foreign []byte) {
		var opened document
		if planfile.Open(foreign, key, &opened) == nil {
			assert.Equal(t, plan, opened, "opened %q", foreign)
		}
	})
}

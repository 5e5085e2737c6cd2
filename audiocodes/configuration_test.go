package audiocodes_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAConfigurationIsParsedAnewUnlessItIsTheSame: each reading says what the device sent in it, however little differs
// from the last one.
func TestAConfigurationIsParsedAnewUnlessItIsTheSame(t *testing.T) {
	t.Parallel()
	const sent = ";Time: 10:00:00\n[SYSTEM Params]\nA = 1\n[ T ]\nFORMAT Index = Name, On;\nT 0 = \"a\", 0;\n[ \\T ]\n"
	var answer string
	f := newFixture(t, answers{"GET /files/ini": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }})
	client := connect(t, f.URL)
	answer = sent
	first, err := client.Configuration(t.Context())
	require.NoError(t, err)
	for name, other := range map[string]string{
		"a cell":       strings.Replace(sent, "\"a\", 0;", "\"a\", 1;", 1),
		"a space":      strings.Replace(sent, "\"a\", 0;", "\"a\" , 0;", 1),
		"a parameter":  strings.Replace(sent, "A = 1", "A = 2", 1),
		"a comment":    strings.Replace(sent, "10:00:00", "10:00:01", 1),
		"line ends":    strings.ReplaceAll(sent, "\n", "\r\n"),
		"one more row": strings.Replace(sent, "[ \\T ]", "T 1 = b, 1;\n[ \\T ]", 1),
		"one line end": strings.TrimSuffix(sent, "\n"),
	} {
		answer = other
		read, err := client.Configuration(t.Context())
		require.NoError(t, err, name)
		alone, err := ini.Parse(other)
		require.NoError(t, err, name)
		assert.Equal(t, other, read.Raw, name)
		assert.NotSame(t, first.File, read.File, name)
		assert.Equal(t, alone, read.File, name)
		again, err := client.Configuration(t.Context())
		require.NoError(t, err, name)
		assert.Same(t, read.File, again.File, "%s: the same bytes are parsed once", name)
	}
	for _, cut := range []string{sent[:len(sent)-5], "", sent + "[ U ]\nFORMAT Index = V;\n"} {
		answer = cut
		read, err := client.Configuration(t.Context())
		require.ErrorIs(t, err, ini.ErrNotINI)
		assert.Nil(t, read.File)
		assert.Equal(t, cut, read.Raw)
	}
	answer = sent
	last, err := client.Configuration(t.Context())
	require.NoError(t, err)
	assert.Equal(t, sent, last.Raw)
	assert.NotSame(t, first.File, last.File, "only the last one is kept")
}

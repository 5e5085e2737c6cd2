package httpserver_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/server/httpserver"
)

const hash = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestTokenFilesAreStrict(t *testing.T) {
	t.Parallel()
	entry := `{"name":"a","role":"viewer","sha256":"` + hash + `","created":""}`
	whole := func(tokens string) string { return `{"schema":"acfix.tokens/v1","tokens":[` + tokens + `]}` }
	for name, test := range map[string]struct{ text, want string }{
		"good":               {whole(entry), ""},
		"empty":              {whole(""), ""},
		"two of a name":      {whole(entry + "," + entry), "token 2: a token of that name exists already"},
		"an unknown role":    {whole(strings.Replace(entry, "viewer", "admin", 1)), "token 1: a role is viewer or approver"},
		"no role":            {whole(strings.Replace(entry, "viewer", "", 1)), "token 1: a role is viewer or approver"},
		"a short hash":       {whole(strings.Replace(entry, "0123", "", 1)), "64 hexadecimal digits"},
		"a hash in capitals": {whole(strings.ReplaceAll(entry, "abc", "ABC")), "64 hexadecimal digits"},
		"an odd name":        {whole(strings.Replace(entry, `"a"`, `"a\nb"`, 1)), "a name has"},
		"an unknown key":     {whole(strings.Replace(entry, `"created"`, `"until"`, 1)), "unknown field"},
		"an end":             {whole(strings.Replace(entry, `"created":""`, `"created":"","expires":"2026-12-31T00:00:00Z"`, 1)), ""},
		"an odd end":         {whole(strings.Replace(entry, `"created":""`, `"created":"","expires":"tomorrow"`, 1)), "token 1: expires is a time"},
		"no schema":          {`{"tokens":[]}`, "schema"},
		"something after it": {whole(entry) + "{}", "follows its end"},
		"no JSON":            {"acfix_x", "not a token file"},
		"nothing":            {"", "not a token file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := httpserver.ParseTokens([]byte(test.text))
			if test.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.want)
		})
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	one, secret, err := httpserver.Tokens{}.Add("a", httpserver.Viewer, noon, bytes.NewReader(make([]byte, 32)))
	require.NoError(t, err)
	assert.Equal(t, "acfix_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", secret)
	assert.Equal(t, httpserver.Tokens{Schema: httpserver.TokensSchema, Tokens: []httpserver.Token{{
		Name: "a", Role: httpserver.Viewer, Created: "2026-07-01T12:00:00Z",
		SHA256: "8d4abb0c8e699b2088f4a65269c8aebcad1f01ab058f2228126e6e51048c152c",
	}}}, one)
	for name, test := range map[string]struct {
		name string
		role httpserver.Role
		want error
	}{
		"the same name": {"a", httpserver.Viewer, httpserver.ErrExists},
		"no name":       {"", httpserver.Viewer, httpserver.ErrName},
		"a long name":   {strings.Repeat("a", 65), httpserver.Viewer, httpserver.ErrName},
		"markup":        {"<b>", httpserver.Viewer, httpserver.ErrName},
		"anyone":        {"b", httpserver.Anyone, httpserver.ErrRole},
		"another role":  {"b", "admin", httpserver.ErrRole},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			same, secret, err := one.Add(test.name, test.role, noon, rand.Reader)
			require.ErrorIs(t, err, test.want)
			assert.Empty(t, secret)
			assert.Equal(t, one, same)
		})
	}
	_, _, err = one.Add("b", httpserver.Viewer, noon, bytes.NewReader(make([]byte, 31)))
	require.Error(t, err, "half a token is none")
}

func TestRemove(t *testing.T) {
	t.Parallel()
	one, _, err := httpserver.Tokens{}.Add("a", httpserver.Viewer, noon, rand.Reader)
	require.NoError(t, err)
	two, _, err := one.Add("b", httpserver.Viewer, noon, rand.Reader)
	require.NoError(t, err)
	left, err := two.Remove("b")
	require.NoError(t, err)
	assert.Equal(t, one, left)
	assert.Len(t, two.Tokens, 2)
	_, err = left.Remove("b")
	require.ErrorIs(t, err, httpserver.ErrNoToken)
}

func TestATokenFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // has no such permissions
	}
	path, _, _ := tokens(t)
	for _, mode := range []os.FileMode{0o644, 0o604, 0o620, 0o601, 0o610} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := httpserver.ReadTokens(path, nil)
		require.ErrorIs(t, err, httpserver.ErrMode, mode.String())
	}
	require.NoError(t, os.Chmod(path, 0o400))
	_, err := httpserver.ReadTokens(path, nil)
	require.NoError(t, err)
	large := below(t, "large")
	require.NoError(t, os.WriteFile(large, make([]byte, 1<<20+1), 0o600))
	_, err = httpserver.ReadTokens(large, nil)
	require.ErrorContains(t, err, "too large")
}

// TestARefusedTokenFileAcceptsNoToken holds at the start and when a later change is refused.
func TestARefusedTokenFileAcceptsNoToken(t *testing.T) {
	t.Parallel()
	path, _, _ := tokens(t)
	refused := errors.New("somebody else's")
	_, err := httpserver.ReadTokens(path, func(string) (*os.File, error) { return nil, refused })
	require.ErrorIs(t, err, refused)
	_, err = httpserver.Listen(t.Context(), httpserver.Config{
		Address: "127.0.0.1:0", TokenFile: path, Log: quiet(),
		Open: func(string) (*os.File, error) { return nil, refused },
	})
	require.ErrorIs(t, err, refused)
	require.ErrorIs(t, err, httpserver.ErrTokenFile)
}

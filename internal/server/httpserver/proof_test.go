package httpserver_test

import (
	"os"
	"testing"

	"github.com/acfix/acfix/internal/server/httpserver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestARenewedLoginHasTheTokensCurrentRole checks that a proof follows the token file.
func TestARenewedLoginHasTheTokensCurrentRole(t *testing.T) {
	t.Parallel()
	file, viewer, _ := tokens(t)
	server, err := httpserver.Listen(t.Context(), httpserver.Config{Address: "127.0.0.1:0", TokenFile: file, Now: new(clock).now, Log: quiet()})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	access, proof := server.Authenticator(), httpserver.ProofOf(viewer)
	was, err := access.Login("192.0.2.1:1", viewer)
	require.NoError(t, err)

	person, ok := access.Renew(proof)
	assert.True(t, ok)
	assert.Equal(t, was, person)
	_, ok = access.Renew(httpserver.ProofOf("another"))
	assert.False(t, ok)
	_, ok = access.Renew("")
	assert.False(t, ok)

	kept, err := httpserver.ReadTokens(file, nil)
	require.NoError(t, err)
	without, err := kept.Remove(was.Name)
	require.NoError(t, err)
	write(t, file, without)
	_, ok = access.Renew(proof)
	assert.False(t, ok, "its token was taken out")

	require.NoError(t, os.Remove(file))
	_, ok = access.Renew(proof)
	assert.False(t, ok, "tokens can't be checked")
}

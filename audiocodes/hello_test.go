package audiocodes_test

import (
	"crypto/tls"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/cryptobyte"
)

// The groups of a ClientHello (RFC 8446, 4.2.7; the IANA registry "TLS Supported Groups").
const (
	secp256r1, secp384r1, x25519 uint16 = 23, 24, 29
	supportedGroups, keyShare    uint16 = 10, 51
)

// TestAClientHelloIsForOldDevices: it names the groups that they know, and fits one packet, with a session or without.
func TestAClientHelloIsForOldDevices(t *testing.T) {
	t.Parallel()
	for name, trust := range map[string]audiocodes.Trust{
		"usual": {Insecure: true}, "with TLS 1.0": {Insecure: true, MinVersion: tls.VersionTLS10},
		"with old suites": {Insecure: true, LegacyCiphers: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := unstarted(t, documented())
			tap := &wiretap{Listener: device.Listener}
			device.Listener = tap
			device.StartTLS()
			client := connect(t, device.URL, func(o *audiocodes.Options) { o.Trust = trust })
			require.NoError(t, client.Save(t.Context()))
			require.NoError(t, client.Save(t.Context()), "over a resumed session")
			tap.mu.Lock()
			defer tap.mu.Unlock()
			require.Len(t, tap.sent, 2)
			for _, sent := range tap.sent {
				record := cryptobyte.String(sent.Bytes())
				var hello cryptobyte.String
				require.True(t, record.Skip(3) && record.ReadUint16LengthPrefixed(&hello))
				assert.Less(t, 5+len(hello), 1400)
				extensions := extensionsOf(t, hello)
				assert.Equal(t, []uint16{x25519, secp256r1, secp384r1}, groupsIn(t, extensions[supportedGroups]))
				assert.Equal(t, []uint16{x25519}, sharesIn(t, extensions[keyShare]))
			}
		})
	}
}

// extensionsOf takes a ClientHello apart (RFC 8446, 4.1.2).
func extensionsOf(t *testing.T, hello cryptobyte.String) map[uint16]cryptobyte.String {
	t.Helper()
	var session, suites, compression, list cryptobyte.String
	require.True(t, hello.Skip(4+2+32) && hello.ReadUint8LengthPrefixed(&session) && hello.ReadUint16LengthPrefixed(&suites) &&
		hello.ReadUint8LengthPrefixed(&compression) && hello.ReadUint16LengthPrefixed(&list))
	all := map[uint16]cryptobyte.String{}
	for !list.Empty() {
		var number uint16
		var body cryptobyte.String
		require.True(t, list.ReadUint16(&number) && list.ReadUint16LengthPrefixed(&body))
		all[number] = body
	}
	return all
}

func groupsIn(t *testing.T, body cryptobyte.String) (groups []uint16) {
	t.Helper()
	var list cryptobyte.String
	require.True(t, body.ReadUint16LengthPrefixed(&list))
	for !list.Empty() {
		var group uint16
		require.True(t, list.ReadUint16(&group))
		groups = append(groups, group)
	}
	return groups
}

func sharesIn(t *testing.T, body cryptobyte.String) (groups []uint16) {
	t.Helper()
	var list cryptobyte.String
	require.True(t, body.ReadUint16LengthPrefixed(&list))
	for !list.Empty() {
		var group uint16
		var share cryptobyte.String
		require.True(t, list.ReadUint16(&group) && list.ReadUint16LengthPrefixed(&share))
		groups = append(groups, group)
	}
	return groups
}

package audiocodes_test

import (
	"crypto/tls"
	"encoding/binary"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
				hello := part(sent.Bytes()[3:], 2)
				assert.Less(t, 5+len(hello.body), 1400)
				extensions := extensionsOf(hello.body)
				assert.Equal(t, []uint16{x25519, secp256r1, secp384r1}, groupsIn(extensions[supportedGroups]))
				assert.Equal(t, []uint16{x25519}, sharesIn(extensions[keyShare]))
			}
		})
	}
}

// vector is a part of a message behind its length (RFC 8446, 3.4), and what follows it.
type vector struct{ body, rest []byte }

func part(message []byte, lengthBytes int) vector {
	length := 0
	for _, one := range message[:lengthBytes] {
		length = length<<8 | int(one)
	}
	message = message[lengthBytes:]
	return vector{message[:length], message[length:]}
}

// extensionsOf takes a ClientHello apart (RFC 8446, 4.1.2).
func extensionsOf(hello []byte) map[uint16][]byte {
	session := part(hello[4+2+32:], 1)
	suites := part(session.rest, 2)
	compression := part(suites.rest, 1)
	all := map[uint16][]byte{}
	for list := part(compression.rest, 2).body; len(list) > 0; {
		extension := part(list[2:], 2)
		all[binary.BigEndian.Uint16(list)] = extension.body
		list = extension.rest
	}
	return all
}

func groupsIn(extension []byte) (groups []uint16) {
	for list := part(extension, 2).body; len(list) > 0; list = list[2:] {
		groups = append(groups, binary.BigEndian.Uint16(list))
	}
	return groups
}

func sharesIn(extension []byte) (groups []uint16) {
	for list := part(extension, 2).body; len(list) > 0; {
		groups = append(groups, binary.BigEndian.Uint16(list))
		list = part(list[2:], 2).rest
	}
	return groups
}

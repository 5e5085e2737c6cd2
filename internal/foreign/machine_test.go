package foreign_test

import (
	"testing"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/stretchr/testify/assert"
)

func TestIsThisMachine(t *testing.T) {
	t.Parallel()
	for host, wanted := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.8.9.1": true, "127.255.255.254": true, "::1": true,
		"0:0:0:0:0:0:0:1": true, "::ffff:127.0.0.1": true, "::ffff:7f00:1": true, "::1%lo": true,

		"": false, "localhost.": false, "a.localhost": false, "localhost.example.com": false, "localhost:80": false,
		"localhost%lo": false, "local host": false, "ip6-localhost": false, "loopback": false,
		"0.0.0.0": false, "::": false, "128.0.0.1": false, "126.255.255.255": false, "10.0.0.1": false, "192.0.2.1": false,
		"127.1": false, "127.0.0.1.": false, "0127.0.0.1": false, "0x7f.0.0.1": false, "2130706433": false, "127.0.0.1:80": false,
		"127.0.0.1%lo": false, "127.0.0.1/8": false, " 127.0.0.1": false, "127.0.0.1\x00": false,
		"[::1]": false, "::127.0.0.1": false, "::ffff:10.0.0.1": false, "64:ff9b::7f00:1": false, "::2": false,
		"fe80::1%lo": false, "fe80::1": false, "/run/postgresql": false,
	} {
		assert.Equal(t, wanted, foreign.IsThisMachine(host), host)
	}
}

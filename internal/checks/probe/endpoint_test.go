package probe_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	for text, wanted := range map[string]string{
		"sip.pstnhub.microsoft.com":      "sip.pstnhub.microsoft.com:5061",
		"SIP.Pstnhub.Microsoft.com.":     "sip.pstnhub.microsoft.com:5061",
		"sip.pstnhub.microsoft.com:5071": "sip.pstnhub.microsoft.com:5071",
		"192.0.2.1":                      "192.0.2.1:5061",
		"192.0.2.1:1":                    "192.0.2.1:1",
		"::1":                            "[::1]:5061",
		"[::1]":                          "[::1]:5061",
		"[2001:DB8::1]:65535":            "[2001:db8::1]:65535",
		"localhost":                      "localhost:5061",
		"Bücher.example:5071":            "xn--bcher-kva.example:5071",
	} {
		endpoint, err := probe.ParseEndpoint(text)
		require.NoError(t, err, text)
		assert.Equal(t, wanted, endpoint.String())
	}
	for _, text := range []string{
		"", ":5061", "host:0", "host:65536", "host:sip", "https://host", "sip:host", "user@host", "a b", "host/path", "-host", "host..x", "fe80::1%eth0", "[::1", "ho\r\nst",
		strings.Repeat("a.", 200) + "b",
	} {
		_, err := probe.ParseEndpoint(text)
		assert.ErrorIs(t, err, probe.ErrNoEndpoint, "%q", text)
	}
}

// TestParseName: what comes through goes into SIP headers as it is.
func TestParseName(t *testing.T) {
	t.Parallel()
	name, err := probe.ParseName("SBC1.Example.com.")
	require.NoError(t, err)
	assert.Equal(t, "sbc1.example.com", name)
	name, err = probe.ParseName("BÜCHER.example.com")
	require.NoError(t, err)
	assert.Equal(t, "xn--bcher-kva.example.com", name)
	for _, text := range []string{"", "192.0.2.1", "::1", "*.example.com", "sbc1.example.com\r\nX: y", "sbc1;x", "ä\u202e.example.com", "ä .example.com", "１９２.0.2.1"} {
		_, err := probe.ParseName(text)
		assert.ErrorIs(t, err, probe.ErrNoName, "%q", text)
	}
}

func TestClouds(t *testing.T) {
	t.Parallel()
	for name, wanted := range map[string][]string{
		"commercial": {"sip.pstnhub.microsoft.com:5061", "sip2.pstnhub.microsoft.com:5061", "sip3.pstnhub.microsoft.com:5061", "sip.g1.pstnhub.microsoft.com:5061"},
		"gcc-high":   {"sip.pstnhub.gov.teams.microsoft.us:5061", "x.sip.pstnhub.infra.gov.teams.microsoft.us:5061"},
		"dod":        {"sip.pstnhub.dod.teams.microsoft.us:5061", "x.sip.pstnhub.infra.dod.teams.microsoft.us:5061"},
	} {
		cloud, ok := probe.FindCloud(name)
		require.True(t, ok)
		var got []string
		for _, endpoint := range cloud.Endpoints() {
			got = append(got, endpoint.String())
		}
		assert.Equal(t, wanted, got)
		assert.NotEmpty(t, cloud.Source)
	}
	_, ok := probe.FindCloud("gcc")
	assert.False(t, ok)
}

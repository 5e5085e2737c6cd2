package access_test

import (
	"testing"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withoutInventory stands for a command line without -i.
var withoutInventory *access.InventoryFile

func TestEveryWayToWriteAnAddressBecomesOne(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"sbc.example.com":             "https://sbc.example.com",
		"SBC.Example.com.":            "https://sbc.example.com",
		"https://sbc.example.com/":    "https://sbc.example.com",
		"https://sbc.example.com:443": "https://sbc.example.com",
		"sbc.example.com:8443":        "https://sbc.example.com:8443",
		"192.0.2.10":                  "https://192.0.2.10",
		"192.0.2.10.":                 "https://192.0.2.10",
		"sbc.example.com:65535":       "https://sbc.example.com:65535",
		"2001:DB8::1":                 "https://[2001:db8::1]",
		"https://[2001:db8::1]:8443":  "https://[2001:db8::1]:8443",
		"http://127.0.0.1:80":         "http://127.0.0.1",
		"http://[::1]:8080":           "http://[::1]:8080",
		"http://LocalHost":            "http://localhost",
		"sbc_1.example.com":           "https://sbc_1.example.com",
	} {
		parsed, err := access.ParseDevice(argument)
		require.NoError(t, err, argument)
		assert.Equal(t, &access.Device{Name: argument, URL: want}, parsed)
	}
}

// TestAZoneStaysWithItsAddress: it says through which interface a link-local address is reached.
func TestAZoneStaysWithItsAddress(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"fe80::1%eth0":                     "https://[fe80::1%25eth0]",
		"FE80::A%Eth0":                     "https://[fe80::a%25Eth0]",
		"fe80::1%25eth0":                   "https://[fe80::1%25eth0]",
		"fe80::1%25":                       "https://[fe80::1%2525]",
		"fe80::1%251":                      "https://[fe80::1%25251]",
		"fe80::1%7":                        "https://[fe80::1%257]",
		"fe80::1%eth0.100":                 "https://[fe80::1%25eth0.100]",
		"[fe80::1%eth0]":                   "https://[fe80::1%25eth0]",
		"[fe80::1%br-lan]:8443":            "https://[fe80::1%25br-lan]:8443",
		"[fe80::1%25eth0]:443":             "https://[fe80::1%25eth0]",
		"https://[fe80::1%25eth0]:443":     "https://[fe80::1%25eth0]",
		"https://[fe80::1%25eth0]:8443/":   "https://[fe80::1%25eth0]:8443",
		"https://[fe80::1%eth0]":           "https://[fe80::1%25eth0]",
		"https://[fe80::1%12]":             "https://[fe80::1%2512]",
		"http://[::1%25lo]:8080":           "http://[::1%25lo]:8080",
		"https://[fe80::1%25Ethernet_2.1]": "https://[fe80::1%25Ethernet_2.1]",
	} {
		parsed, err := access.ParseDevice(argument)
		require.NoError(t, err, argument)
		assert.Equal(t, &access.Device{Name: argument, URL: want}, parsed)
		again, err := access.ParseDevice(parsed.URL)
		require.NoError(t, err)
		assert.Equal(t, want, again.URL)
	}
	for _, argument := range []string{
		"fe80::1%", "fe80::1%eth 0", "fe80::1%eth/0", "https://[fe80::1%25]", "https://[fe80::1%25a%2Fb]", "192.0.2.1%eth0",
		"fe80::1%eth0]:1", "https://[fe80::1%25a@b]", "sbc%25.example.com", "fe80::1%\x1b[2J", "http://[fe80::1%25lo]",
	} {
		_, err := access.ParseDevice(argument)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, argument)
	}
}

// TestNamesBeyondASCIIAreALabels: everything that is shown and sent has the form that DNS and certificates have.
func TestNamesBeyondASCIIAreALabels(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]*access.Device{
		"bücher.example":                {Name: "xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"BÜCHER.Example.":               {Name: "xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"bu\u0308cher.example":          {Name: "xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"bücher。example":                {Name: "xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"bücher.example:8443":           {Name: "xn--bcher-kva.example:8443", URL: "https://xn--bcher-kva.example:8443"},
		"https://bücher.example":        {Name: "https://xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"https://b%C3%BCcher.example/":  {Name: "https://xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"https://sbc.пример.испытание/": {Name: "https://sbc.xn--e1afmkfd.xn--80akhbyknj4f", URL: "https://sbc.xn--e1afmkfd.xn--80akhbyknj4f"},
		"xn--bcher-kva.example":         {Name: "xn--bcher-kva.example", URL: "https://xn--bcher-kva.example"},
		"http://１２７.0.0.1:80":           {Name: "http://127.0.0.1", URL: "http://127.0.0.1"},
	} {
		parsed, err := access.ParseDevice(argument)
		require.NoError(t, err, argument)
		assert.Equal(t, want, parsed, argument)
	}
	for _, argument := range []string{"bü cher.example", "bücher_1.example", "b\u202eücher.example", "http://bücher.example", "kim@bücher.example"} {
		_, err := access.ParseDevice(argument)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, argument)
	}
	_, err := withoutInventory.ChooseDevices([]string{"bücher.example", "https://xn--bcher-kva.example:443"}, "")
	assert.ErrorContains(t, err, "are the same device")
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"":                              "is no address of a device",
		"-i":                            "is no address of a device",
		"sbc example.com":               "is no address of a device",
		"https://":                      "is no address of a device",
		"https://sbc.example.com:x":     "is no address of a device",
		"https://sbc.example.com:-1":    "is no address of a device",
		"sbc.example.com:99999":         "there is no port 99999",
		"https://sbc.example.com:0":     "there is no port 0",
		"[2001:db8::1]:65536":           "there is no port 65536",
		"192.0.2.300":                   "is no address of a device",
		"https://192.0.2.300.:8443":     "is no address of a device",
		"fe80::1":                       "a link-local address needs its zone, such as fe80::1%eth0",
		"https://[FEBF::1]:8443":        "a link-local address needs its zone",
		"ftp://sbc.example.com":         "the scheme must be https",
		"http://sbc.example.com":        "http is refused except for loopback",
		"http://127.0.0.1.example.com":  "http is refused except for loopback",
		"https://sbc.example.com/login": "only scheme, host and port",
		"https://sbc.example.com?a=b":   "only scheme, host and port",
		"https://kim:s3cret@sbc":        "must not hold a user or password",
		"kim@sbc.example.com":           "must not hold a user or password",
		"https://kim:s3cret@sbc:x":      "is no address of a device",
	} {
		_, err := access.ParseDevice(argument)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, argument)
		assert.ErrorContains(t, err, want, argument)
		assert.NotEmpty(t, wrong.Hint, argument)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestTheSameDeviceTwiceIsAMistake(t *testing.T) {
	t.Parallel()
	_, err := withoutInventory.ChooseDevices(nil, "")
	assert.ErrorContains(t, err, "no device is named")
	_, err = withoutInventory.ChooseDevices([]string{"sbc.example.com", "https://SBC.example.com:443"}, "")
	assert.EqualError(t, err, `"sbc.example.com" and "https://SBC.example.com:443" are the same device`)
	two, err := withoutInventory.ChooseDevices([]string{"sbc-1.example.com", "sbc-2.example.com"}, "")
	require.NoError(t, err)
	assert.Equal(t, "https://sbc-2.example.com", two[1].URL)
}

func TestLoopbackIsThisMachineAlone(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://127.0.0.1:8443": true, "https://127.8.9.1": true, "https://[::1]": true, "https://localhost": true, "https://[::1%25lo]": true,
		"https://[::ffff:127.0.0.1]": true, "https://[fe80::1%25lo]": false,
		"https://192.0.2.10": false, "https://localhost.example.com": false, "": false,
	} {
		assert.Equal(t, want, (&access.Device{URL: address}).OnLoopback(), address)
	}
}

package target_test

import (
	"testing"

	"github.com/acfix/acfix/misuse"
	"github.com/acfix/acfix/target"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryWayToWriteAnAddressBecomesOne(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"sbc.example.com":             "https://sbc.example.com",
		"SBC.Example.com.":            "https://sbc.example.com",
		"https://sbc.example.com/":    "https://sbc.example.com",
		"https://sbc.example.com:443": "https://sbc.example.com",
		"sbc.example.com:8443":        "https://sbc.example.com:8443",
		"192.0.2.10":                  "https://192.0.2.10",
		"2001:DB8::1":                 "https://[2001:db8::1]",
		"https://[2001:db8::1]:8443":  "https://[2001:db8::1]:8443",
		"http://127.0.0.1:80":         "http://127.0.0.1",
		"http://[::1]:8080":           "http://[::1]:8080",
		"http://LocalHost":            "http://localhost",
		"sbc_1.example.com":           "https://sbc_1.example.com",
	} {
		parsed, err := target.Parse(argument)
		require.NoError(t, err, argument)
		assert.Equal(t, target.Target{Name: argument, URL: want}, parsed)
	}
}

func TestWhatIsNoAddressIsRefused(t *testing.T) {
	t.Parallel()
	for argument, want := range map[string]string{
		"":                              "is no address of a device",
		"-i":                            "is no address of a device",
		"sbc example.com":               "is no address of a device",
		"https://":                      "is no address of a device",
		"https://sbc.example.com:x":     "is no address of a device",
		"ftp://sbc.example.com":         "the scheme must be https",
		"http://sbc.example.com":        "http is refused except for loopback",
		"http://127.0.0.1.example.com":  "http is refused except for loopback",
		"https://sbc.example.com/login": "only scheme, host and port",
		"https://sbc.example.com?a=b":   "only scheme, host and port",
		"https://kim:s3cret@sbc":        "must not hold a user or password",
		"kim@sbc.example.com":           "must not hold a user or password",
		"https://kim:s3cret@sbc:x":      "is no address of a device",
	} {
		_, err := target.Parse(argument)
		var wrong *misuse.Error
		require.ErrorAs(t, err, &wrong, argument)
		assert.ErrorContains(t, err, want, argument)
		assert.NotEmpty(t, wrong.Hint, argument)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestTheSameDeviceTwiceIsAMistake(t *testing.T) {
	t.Parallel()
	_, err := target.ParseAll(nil, target.Parse)
	assert.ErrorContains(t, err, "no device is named")
	_, err = target.ParseAll([]string{"sbc.example.com", "https://SBC.example.com:443"}, target.Parse)
	assert.EqualError(t, err, `"sbc.example.com" and "https://SBC.example.com:443" are the same device`)
	two, err := target.ParseAll([]string{"sbc-1.example.com", "sbc-2.example.com"}, target.Parse)
	require.NoError(t, err)
	assert.Equal(t, "https://sbc-2.example.com", two[1].URL)
}

func TestLoopbackIsThisMachineAlone(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"https://127.0.0.1:8443": true, "https://127.8.9.1": true, "https://[::1]": true, "https://localhost": true,
		"https://192.0.2.10": false, "https://localhost.example.com": false, "": false,
	} {
		assert.Equal(t, want, target.Target{URL: address}.OnLoopback(), address)
	}
}

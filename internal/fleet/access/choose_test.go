package access_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/usage"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAMistypedNameIsNoHost: with an inventory only what can't be a name is taken for an address.
func TestAMistypedNameIsNoHost(t *testing.T) {
	t.Parallel()
	r := roster(t, sites)
	for argument, url := range map[string]string{
		"ams-1": "https://192.0.2.10", "192.0.2.10": "https://192.0.2.10", "https://192.0.2.20": "https://192.0.2.20",
		"192.0.2.99": "https://192.0.2.99", "2001:db8::1": "https://[2001:db8::1]", "[2001:db8::1]": "https://[2001:db8::1]",
		"sbc.example.com:443": "https://sbc.example.com", "sbc:8443": "https://sbc:8443", "[2001:db8::1]:8443": "https://[2001:db8::1]:8443",
		"https://sbc": "https://sbc", "HTTPS://SBC.example.com": "https://sbc.example.com", "http://127.0.0.1:8080": "http://127.0.0.1:8080",
	} {
		devices, err := r.ChooseDevices([]string{argument}, "")
		require.NoError(t, err, argument)
		assert.Equal(t, url, devices[0].URL, argument)
	}
	for argument, hint := range map[string]string{
		"ams-2": "did you mean ams-1? ", "ams1": "did you mean ams-1? ", "AMS-1": "did you mean ams-1? ", "lon": "did you mean lon-1? ", "nol-1": "did you mean lon-1? ",
		"sbc.example.com": "", "localhost": "", "http://localhost": "", "192.0.2.300": "", "ams-1:": "did you mean ams-1? ", "ams 1": "did you mean ams-1? ",
		"züri": "", "ams-1:x": "did you mean ams-1? ", "-": "", "": "",
	} {
		_, err := r.ChooseDevices([]string{"lon-1", argument}, "")
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, argument)
		assert.Contains(t, err.Error(), "the inventory has no device", argument)
		assert.Equal(t, hint+"any other device beside the inventory is given as https://HOST", wrong.Hint, argument)
	}
	for _, argument := range []string{"https://kim:hunter2@ams-1", "kim:hunter2@ams-1", "https://ams-1/hunter2?"} {
		_, err := r.ChooseDevices([]string{argument}, "")
		require.Error(t, err)
		assert.NotContains(t, err.Error()+err.(*usage.Error).Hint, "kim:hunter2", argument)
	}
}

func TestAPatternThatFitsNothingNamesTheNearest(t *testing.T) {
	t.Parallel()
	r := roster(t, sites)
	for limit, near := range map[string]string{"asm-1": "ams-1", "lon-1,tag:canery": "tag:canary", "tag:EMEA": "tag:emea", "nyc-*": ""} {
		_, err := r.ChooseDevices(nil, limit)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, limit)
		assert.Contains(t, err.Error(), "fits no device", limit)
		assert.Equal(t, near != "", strings.HasSuffix(wrong.Hint, "; did you mean "+near+"?"), wrong.Hint)
	}
}

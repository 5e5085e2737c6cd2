package access_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/ownership"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	pinA = strings.Repeat("aa", 32)
	pinB = strings.Repeat("bb", 32)
)

const sites = `defaults: {username: acfix}
devices:
  - name: ams-1
    url: https://192.0.2.10
    pin: PIN_A
    tags: [emea, canary]
    proxy: socks5://jump:1080
    tls_min: "1.0"
    proxy_set: Teams
    no_cert_check: true
    waivers: [{finding: shared_context, reason: known, owner: kim, until: 2027-01-31}]
  - {name: lon-1, url: https://192.0.2.20, username: kim, password_env: LON_PASSWORD}
`

func roster(t *testing.T, text string) *access.InventoryFile {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sites.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.ReplaceAll(text, "PIN_A", pinA)), 0o600))
	read, err := access.ReadInventory(path, ownership.For(os.Geteuid()))
	require.NoError(t, err)
	return read
}

// typed are flags as they come from a command line on which those named in given stand.
func typed(change func(*access.Flags), given ...string) access.Flags {
	flags := access.Flags{TLSMin: "1.2", Decide: func(*access.Setup) {}}
	flags.Given = func(flag string) bool {
		for _, name := range given {
			if name == flag {
				return true
			}
		}
		return false
	}
	if change != nil {
		change(&flags)
	}
	return flags
}

func secrets() *access.Secrets {
	environment := map[string]string{"ACFIX_USERNAME": "Admin", "ACFIX_PASSWORD": "common", "LON_PASSWORD": "lon"}
	return &access.Secrets{Getenv: func(name string) string { return environment[name] }}
}

// resolve finds and resolves devices by name or address.
func resolve(t *testing.T, flags access.Flags, r *access.InventoryFile, arguments ...string) ([]*access.Device, error) {
	t.Helper()
	devices := find(t, r, arguments...)
	return devices, access.Resolve(t.Context(), devices, flags, secrets(), access.ClientSettings{})
}

func find(t *testing.T, r *access.InventoryFile, arguments ...string) (devices []*access.Device) {
	t.Helper()
	for _, argument := range arguments {
		found, _, err := r.Find(argument)
		require.NoError(t, err)
		devices = append(devices, found)
	}
	return devices
}

// addresses are what devices are before they are resolved.
func addresses(devices ...*access.Device) (bare []access.Device) {
	for _, device := range devices {
		bare = append(bare, access.Device{Name: device.Name, URL: device.URL, Tags: device.Tags})
	}
	return bare
}

// Two devices of the inventory, and one that no inventory lists.
const ams1, lon1, unlisted = "ams-1", "lon-1", "sbc.example.com"

func foundAms1() *access.Device {
	return &access.Device{Name: "ams-1", URL: "https://192.0.2.10", Tags: []string{"emea", "canary"}}
}

func foundLon1() *access.Device { return &access.Device{Name: "lon-1", URL: "https://192.0.2.20"} }

func foundUnlisted() *access.Device {
	return &access.Device{Name: "sbc.example.com", URL: "https://sbc.example.com"}
}

func TestADeviceIsReachedAsItsInventorySays(t *testing.T) {
	t.Parallel()
	devices, err := resolve(t, typed(nil), roster(t, sites), ams1, lon1, unlisted, "https://other.example.com")
	require.NoError(t, err)
	own := devices[0]
	assert.Equal(t, access.Login{Username: "acfix", Password: "common"}, own.Login)
	assert.Len(t, own.Trust.Pins, 1)
	assert.Equal(t, uint16(tls.VersionTLS10), own.Trust.MinVersion)
	assert.Equal(t, "1.0", own.OldTLS)
	assert.Equal(t, "socks5://jump:1080", own.Proxy.String())
	assert.Equal(t, remediate.Choice{ProxySet: "Teams"}, own.Choice)
	assert.True(t, own.NoCertCheck)
	assert.Equal(t, []remediate.Waiver{{Finding: "shared_context", Reason: "known", Owner: "kim", Until: "2027-01-31"}}, own.Waivers)

	other := devices[1]
	assert.Equal(t, access.Login{Username: "kim", Password: "lon"}, other.Login)
	assert.Empty(t, other.Trust.Pins, "nothing of its neighbour")
	assert.Nil(t, other.Proxy)
	for _, unlisted := range devices[2:] {
		assert.Equal(t, access.Login{Username: "Admin", Password: "common"}, unlisted.Login)
		assert.Empty(t, unlisted.Trust.Pins)
	}
	assert.Equal(t, "ams-1", fmt.Sprintf("%+v", own), "no password is printed by accident")
}

func TestADeviceThatIsNotResolvedHasNoPassword(t *testing.T) {
	t.Parallel()
	r := roster(t, sites)
	_, err := resolve(t, typed(nil), r, ams1)
	require.NoError(t, err)
	for _, device := range find(t, r, ams1, lon1, unlisted) {
		assert.Equal(t, access.Setup{}, device.Setup)
	}
}

// TestTrustIsOneDecision: --pin, --ca-file and --insecure replace the inventory's as a whole.
func TestTrustIsOneDecision(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		flags    access.Flags
		pins     int
		insecure bool
		oldTLS   string
	}{
		"nothing typed":    {typed(nil), 1, false, "1.0"},
		"two pins":         {typed(func(f *access.Flags) { f.Pins = []string{pinA, pinB} }, "pin"), 2, false, "1.0"},
		"insecure":         {typed(func(f *access.Flags) { f.Insecure = true }, "insecure"), 0, true, "1.0"},
		"insecure=false":   {typed(nil, "insecure"), 0, false, "1.0"},
		"a TLS version":    {typed(func(f *access.Flags) { f.TLSMin = "1.1" }, "tls-min"), 1, false, "1.1"},
		"the usual lowest": {typed(nil, "tls-min"), 1, false, ""},
	} {
		devices, err := resolve(t, row.flags, roster(t, sites), ams1)
		require.NoError(t, err, name)
		own := devices[0]
		assert.Len(t, own.Trust.Pins, row.pins, name)
		assert.Equal(t, row.insecure, own.Trust.Insecure, name)
		assert.Equal(t, row.oldTLS, own.OldTLS, name)
	}
}

func TestWhatIsTypedOfPlanningWins(t *testing.T) {
	t.Parallel()
	decided := typed(func(f *access.Flags) {
		f.Decide = func(own *access.Setup) { own.Choice.ProxySet += "-typed" }
	})
	devices, err := resolve(t, decided, roster(t, sites), ams1, unlisted)
	require.NoError(t, err)
	assert.Equal(t, "Teams-typed", devices[0].Choice.ProxySet)
	assert.Equal(t, "-typed", devices[1].Choice.ProxySet)
}

func TestTrustThatCanNotBeUsedEndsTheRun(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for want, flags := range map[string]access.Flags{
		"contradicts":                typed(func(f *access.Flags) { f.Insecure, f.Pins = true, []string{pinA} }),
		"no TLS version":             typed(func(f *access.Flags) { f.TLSMin = "2.0" }),
		"--pin":                      typed(func(f *access.Flags) { f.Pins = []string{"aa"} }),
		"nowhere.pem can't be read":  typed(func(f *access.Flags) { f.CAFile = "nowhere.pem" }),
		"there is no certificate in": typed(func(f *access.Flags) { f.CAFile = empty }),
	} {
		_, err := resolve(t, flags, nil, unlisted)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong, want)
		assert.ErrorContains(t, err, want)
	}
	err := roster(t, "devices: [{name: a, url: a.example, ca_file: nowhere.pem}]\n").CheckTrust()
	assert.ErrorContains(t, err, "nowhere.pem can't be read: no such file", "beside the inventory")
	assert.NoError(t, roster(t, sites).CheckTrust())
}

// TestACAFileOfAnyShape is read, and one that is something else is named.
func TestACAFileOfAnyShape(t *testing.T) {
	t.Parallel()
	root := certs.Required()[1]
	folder := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	der := root.Certificate().Raw
	for name, content := range map[string][]byte{
		"PEM": root.PEM(), "mark": append([]byte("\ufeff"), root.PEM()...), "DER": der, "base64": []byte(base64.StdEncoding.EncodeToString(der)),
		"beside": append([]byte("-----BEGIN CERTIFICATE-----\nbroken\n"), root.PEM()...),
	} {
		devices, err := resolve(t, typed(func(f *access.Flags) { f.CAFile = file(name, content) }), nil, unlisted)
		require.NoError(t, err, name)
		pool := x509.NewCertPool()
		pool.AddCert(root.Certificate())
		assert.True(t, pool.Equal(devices[0].Trust.CA), name)
	}
	for says, content := range map[string][]byte{
		"an HTML page": []byte("<html>"), "only a certificate request (CSR)": []byte("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"),
		"block 1: is not a complete PEM block":                          root.PEM()[:100],
		"block 1: holds no readable certificate: x509: invalid version": bytes.Replace(der, []byte{0xa0, 3, 2, 1, 2}, []byte{0xa0, 3, 2, 1, 9}, 1),
	} {
		_, err := resolve(t, typed(func(f *access.Flags) { f.CAFile = file("none", content) }), nil, unlisted)
		var wrong *usage.Error
		require.ErrorAs(t, err, &wrong)
		assert.ErrorContains(t, err, says)
		assert.NotEmpty(t, wrong.Hint)
	}
}

func TestDevicesAreSelected(t *testing.T) {
	t.Parallel()
	r := roster(t, sites)
	beside := &access.Device{Name: "https://sbc.example.com", URL: "https://sbc.example.com"}
	for name, row := range map[string]struct {
		r         *access.InventoryFile
		arguments []string
		limit     string
		want      []*access.Device
	}{
		"all":             {r, nil, "", []*access.Device{foundAms1(), foundLon1()}},
		"by name":         {r, []string{"lon-1"}, "", []*access.Device{foundLon1()}},
		"by address":      {r, []string{"192.0.2.10"}, "", []*access.Device{foundAms1()}},
		"of no inventory": {r, []string{"https://sbc.example.com"}, "", []*access.Device{beside}},
		"by tag":          {r, nil, "tag:canary", []*access.Device{foundAms1()}},
		"no inventory":    {nil, []string{"sbc.example.com"}, "", []*access.Device{foundUnlisted()}},
	} {
		devices, err := row.r.ChooseDevices(row.arguments, row.limit)
		require.NoError(t, err, name)
		assert.Equal(t, addresses(row.want...), addresses(devices...), name)
	}
	_, err := r.ChooseDevices([]string{"ams-1"}, "lon-*")
	assert.ErrorContains(t, err, "devices are named too")
	_, err = r.ChooseDevices([]string{"ams-1", "192.0.2.10"}, "")
	assert.ErrorContains(t, err, "are the same device")
	found, known, err := r.Find("192.0.2.20")
	require.NoError(t, err)
	assert.Equal(t, addresses(foundLon1()), addresses(found))
	assert.True(t, known)
	for _, nowhere := range []*access.InventoryFile{r, nil} {
		found, known, err = nowhere.Find("sbc.example.com")
		require.NoError(t, err)
		assert.Equal(t, foundUnlisted(), found)
		assert.False(t, known)
		_, _, err = nowhere.Find("ftp://192.0.2.20")
		assert.Error(t, err)
	}
	assert.True(t, r.Lists("ams-1"))
	assert.False(t, r.Lists("192.0.2.10"))
	assert.False(t, (*access.InventoryFile)(nil).Lists("ams-1"))
}

// TestTheSameDeviceHasNameAndAddress: a password must not follow one of them alone.
func TestTheSameDeviceHasNameAndAddress(t *testing.T) {
	t.Parallel()
	r := roster(t, sites)
	same, ok := r.FindSame(&access.Device{Name: "ams-1", URL: "https://192.0.2.10"})
	assert.True(t, ok)
	assert.Equal(t, addresses(foundAms1()), addresses(same), "with today's tags")
	for _, other := range []*access.Device{{Name: "ams-1", URL: "https://192.0.2.20"}, {Name: "ams-2", URL: "https://192.0.2.10"}, foundUnlisted()} {
		_, ok := r.FindSame(other)
		assert.False(t, ok, other)
	}
	_, ok = (*access.InventoryFile)(nil).FindSame(foundAms1())
	assert.False(t, ok)
}

func TestABadInventorySaysWhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sites.csv")
	require.NoError(t, os.WriteFile(path, []byte("name,url\na,ftp://a.example\n"), 0o600))
	_, err := access.ReadInventory(path, ownership.For(os.Geteuid()))
	var wrong inventory.Errors
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, 2, wrong[0].Line)
	_, err = access.ReadInventory(filepath.Join(t.TempDir(), "nowhere.yaml"), ownership.For(os.Geteuid()))
	var misused *usage.Error
	assert.ErrorAs(t, err, &misused)
}

// TestOnlyAProgramOfTheUsersIsRun: an inventory that others can change may name devices, but no
// program to run.
func TestOnlyAProgramOfTheUsersIsRun(t *testing.T) {
	t.Parallel()
	const device = "devices:\n  - {name: a, url: https://a.example}\n"
	path := filepath.Join(t.TempDir(), "sites.yaml")
	write := func(text string, mode os.FileMode) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.NoError(t, os.Chmod(path, mode))
	}
	write(device, 0o666)
	_, err := access.ReadInventory(path, ownership.For(os.Geteuid()))
	require.NoError(t, err)
	write("defaults: {password_command: [pass, show, sbc]}\n"+device, 0o644)
	_, err = access.ReadInventory(path, ownership.For(os.Geteuid()))
	require.NoError(t, err)
	if runtime.GOOS == "windows" {
		return // has no such permissions
	}
	write("defaults: {password_command: [pass, show, sbc]}\n"+device, 0o646)
	_, err = access.ReadInventory(path, ownership.For(os.Geteuid(), os.Geteuid()))
	require.ErrorIs(t, err, ownership.ErrRefused)
	assert.ErrorContains(t, err, "has a password_command, which is not run: any user can write to it (mode 0646)")
	var misused *usage.Error
	require.ErrorAs(t, err, &misused)
	assert.Equal(t, "chmod go-w "+path, misused.Hint)
}

func TestThePasswordVariablesOfAnInventory(t *testing.T) {
	t.Parallel()
	read := roster(t, sites)
	assert.Equal(t, []string{"LON_PASSWORD"}, read.PasswordVariables())
	assert.Empty(t, (*access.InventoryFile)(nil).PasswordVariables())
}

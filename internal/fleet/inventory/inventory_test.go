package inventory_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rules are simple stand-ins for the program's own.
var rules = inventory.Rules{
	Address: func(text string) (string, error) {
		if strings.ContainsAny(text, " @") {
			return "", errors.New("this is no address of a device")
		}
		return strings.TrimSuffix(strings.ToLower(text), ":443"), nil
	},
	Finding: func(code string) bool { return code == "shared_context" },
}

var pin = strings.Repeat("9c:", 31) + "9C"

var everything = `# all keys
defaults:
  username: acfix
  password_env: SBC_PASSWORD
  ca_file: oamp-ca.pem
  all_roots: true
  tags: [emea]
devices:
  - name: ams-1
    url: https://192.0.2.10:443
    pin: "` + pin + `"
    tags: [emea, canary]
    proxy: socks5://jump
    proxy_username: jumper
    proxy_password_env: JUMP_PASSWORD
    tls_min: 1.0
    legacy_ciphers: true
    client_cert: acfix.pem
    client_key: keys/acfix.key
    proxy_set: Teams
    sip_interface: 1
    tls_context: Teams TLS
    all_roots: false
    include_non_mtls: true
    save_unsaved: true
    allow_shared_context: true
    allow_default_context: true
    no_cert_check: true
    waivers: [{finding: shared_context, reason: "is to be split", owner: "Kim", until: 2027-01-31}]
  - name: ams-2
    url: https://192.0.2.11
    username: other
    password_command: [pass, show, sbc, ""]
    pin: [` + pin + `]
`

var plainPin = strings.Repeat("9c", 32)

func TestEveryKey(t *testing.T) {
	t.Parallel()
	read, err := inventory.Parse([]byte(everything), inventory.YAML, rules)
	require.NoError(t, err)
	assert.Equal(t, []inventory.Device{
		{
			Name: "ams-1", URL: "https://192.0.2.10", Username: "acfix", Password: inventory.Password{Env: "SBC_PASSWORD"},
			CAFile: "oamp-ca.pem", Pins: []string{plainPin}, TLSMin: "1.0", Proxy: &url.URL{Scheme: "socks5", Host: "jump:1080"},
			LegacyCiphers: true, ClientCert: "acfix.pem", ClientKey: "keys/acfix.key",
			ProxyLogin: inventory.ProxyLogin{Username: "jumper", PasswordEnv: "JUMP_PASSWORD"},
			Tags:       []string{"emea", "canary"},
			Choice: remediate.Choice{
				ProxySet: "Teams", SIPInterface: "1", TLSContext: "Teams TLS", IncludeNonMTLS: true,
				SaveUnsaved: true, AllowSharedContext: true, AllowDefaultContext: true,
			},
			NoCertCheck: true,
			Waivers: []inventory.Waiver{{
				Finding: "shared_context", Reason: "is to be split", Owner: "Kim", Until: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC),
			}},
		},
		{
			Name: "ams-2", URL: "https://192.0.2.11", Username: "other", Password: inventory.Password{Command: []string{"pass", "show", "sbc", ""}},
			CAFile: "oamp-ca.pem", Pins: []string{plainPin}, Tags: []string{"emea"}, Choice: remediate.Choice{AllRoots: true},
		},
	}, read.Devices)
}

const twoKeys = "devices:\n  - name: a\n    url: u\n"

func TestEveryMistakeHasItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                                      "1:1: the inventory is empty",
		"# nothing\n":                                           "1:1: the inventory is empty",
		"- a\n":                                                 "1:1: an inventory has the keys",
		"device: []\n":                                          `1:1: unknown key "device"`,
		"defaults: {}\n":                                        "1:1: the key devices is missing",
		"devices: {}\n":                                         "1:10: devices is a list",
		"devices: []\n":                                         "1:10: there is no device",
		"devices: [a]\n":                                        "1:11: a device is keys and values",
		"devices:\n  - url: u\n":                                "2:5: the device has no name",
		"devices:\n  - name: a\n":                               "2:5: the device has no url",
		"defaults: []\n" + twoKeys:                              "1:11: defaults are keys and values",
		"defaults:\n  name: a\n" + twoKeys:                      `2:3: "name" belongs to a device`,
		"defaults:\n  pins: a\n" + twoKeys:                      `2:3: unknown key "pins"`,
		twoKeys + "    colour: red\n":                           `4:5: unknown key "colour"`,
		twoKeys + "    password: hunter2\n":                     `4:5: unknown key "password"; a password itself never`,
		twoKeys + "    name: b\n":                               `4:5: the key "name" is already given in line 2`,
		twoKeys + "    [a]: b\n":                                "4:5: a key is a word",
		twoKeys + "    username:\n":                             "4:14: there is no value",
		twoKeys + "    username: \"\"\n":                        "4:15: there is no value",
		twoKeys + "    username: true\n":                        "4:15: a text is wanted here",
		twoKeys + "    username: [a]\n":                         "4:15: a text is wanted here",
		twoKeys + "    username: \"a\\u001bb\"\n":               "4:15: there is a control character",
		twoKeys + "    username: &x a\n":                        "4:15: anchors and references",
		twoKeys + "    username: !!binary aGk=\n":               "4:15: a text is wanted here",
		twoKeys + "    all_roots: yes please\n":                 "4:16: true or false",
		twoKeys + "    all_roots: 1\n":                          "4:16: true or false",
		twoKeys + "    pin: 9c:ee\n":                            `4:10: "9c:ee" is no SHA-256`,
		twoKeys + "    pin: [" + pin + ", x]\n":                 `4:108: "x" is no SHA-256`,
		twoKeys + "    pin: []\n":                               "4:10: the list is empty",
		twoKeys + "    tags: canary\n":                          "4:11: a list is wanted",
		twoKeys + "    tags: [a b]\n":                           "4:12: a tag has letters",
		twoKeys + "    tags: [a, a]\n":                          `4:15: the tag "a" is given twice`,
		twoKeys + "    client_cert: a.pem\n":                    "2:5: client_cert and client_key belong together",
		twoKeys + "    client_key: a.key\n":                     "2:5: client_cert and client_key belong together",
		twoKeys + "    legacy_ciphers: often\n":                 "4:21: true or false",
		twoKeys + "    tls_min: 0.9\n":                          `4:14: there is no TLS version "0.9"`,
		twoKeys + "    proxy: socks5://\n":                      "4:12: \"socks5://\" is no proxy",
		twoKeys + "    proxy: socks5://j:0\n":                   "4:12: \"socks5://j:0\" is no proxy",
		twoKeys + "    proxy: socks5://u:hunter2@j\n":           "4:12: a proxy's address must not hold",
		twoKeys + "    password_env: hunter-2\n":                "4:19: password_env is the name of",
		twoKeys + "    password_command: pass\n":                "4:23: a list is wanted",
		twoKeys + "    password_command: []\n":                  "4:23: the list is empty",
		twoKeys + "    password_env: A\n    password_file: b\n": "5:5: give one of password_env",
		"defaults:\n  password_env: A\n  password_command: [b]\n" + twoKeys:                               "3:3: give one of password_env",
		"devices:\n  - name: tag:a\n    url: u\n":                                                         "2:11: a name has letters",
		"devices:\n  - name: a*\n    url: u\n":                                                            "2:11: a name has letters",
		"devices:\n  - name: a\n    url: not an address\n":                                                "3:10: this is no address",
		twoKeys + "    proxy: ftp://jump\n":                                                               "4:12: \"ftp://jump\" is no proxy",
		twoKeys + "    proxy: socks4://jump\n":                                                            "4:12: \"socks4://jump\" is no proxy",
		twoKeys + "    proxy: https://u:hunter2@j\n":                                                      "4:12: a proxy's address must not hold",
		twoKeys + "    proxy: hunter2@j\n":                                                                "4:12: a proxy's address must not hold",
		twoKeys + "    proxy_username: u\n":                                                               "2:5: give proxy_username and proxy_password_env together",
		twoKeys + "    proxy_password_env: SECRET\n":                                                      "2:5: give proxy_username and proxy_password_env together",
		twoKeys + "    proxy_password_env: hunter2!\n":                                                    "4:25: proxy_password_env is the name of an environment variable",
		twoKeys + "    proxy_password: hunter2\n":                                                         "4:5: unknown key \"proxy_password\"; a password itself never stands",
		"devices:\n  - name: a\n    url: http://127.0.0.1\n    proxy: http://j\n":                         "2:5: http:// can't be used through a proxy",
		twoKeys + "  - name: a\n    url: v\n":                                                             `4:11: the name "a" of line 4 is already that of line 2`,
		twoKeys + "  - name: b\n    url: U:443\n":                                                         `5:10: the url "u" of line 5 is already that of line 3`,
		twoKeys + "    waivers: [a]\n":                                                                    "4:15: a waiver has the keys",
		twoKeys + "    waivers: [{finding: nonsense, reason: r, owner: o, until: 2027-01-31}]\n":          `4:25: there is no finding "nonsense"`,
		twoKeys + "    waivers: [{finding: shared_context, reason: r, owner: o, until: tomorrow}]\n":      `4:69: "tomorrow" is no date`,
		twoKeys + "    waivers: [{finding: shared_context, reason: r, owner: o, until: 2027-02-30}]\n":    `4:69: "2027-02-30" is no date`,
		twoKeys + "    waivers: [{reason: r, owner: o, until: 2027-01-31}]\n":                             "4:15: the waiver has no finding",
		twoKeys + "    waivers: [{finding: shared_context, owner: o, until: 2027-01-31}]\n":               "4:15: the waiver has no reason",
		twoKeys + "    waivers: [{finding: shared_context, reason: r, until: 2027-01-31}]\n":              "4:15: the waiver has no owner",
		twoKeys + "    waivers: [{finding: shared_context, reason: r, owner: o}]\n":                       "4:15: the waiver has no until",
		twoKeys + "    waivers: [{finding: shared_context, reason: \"\", owner: o, until: 2027-01-31}]\n": "4:49: there is no value",
		twoKeys + "   x: [\n":            "4:4: not YAML",
		twoKeys + "    username: *a\n":   "4:15: not YAML: unknown anchor",
		twoKeys + "---\na: b\n":          "4:1: one YAML document is wanted",
		twoKeys + "---\na: [\n":          "5:1: not YAML",
		twoKeys + "    username: \xff\n": "4:15: this is not UTF-8",
		twoKeys + "    username: \x00\n": "4:15: a control character",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := inventory.Parse([]byte(text), inventory.YAML, rules)
			require.Error(t, err, text)
			assert.Contains(t, err.Error(), want)
			assert.True(t, strings.HasPrefix(err.Error(), want), "%s\n%s", err, text)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestAllMistakesAreListed(t *testing.T) {
	t.Parallel()
	_, err := inventory.Parse([]byte("devices:\n  - name: a b\n    url: x y\n    tls_min: 9\ndefaults: {foo: 1}\n"), inventory.YAML, rules)
	var all inventory.Errors
	require.ErrorAs(t, err, &all)
	var lines []int
	for _, one := range all {
		lines = append(lines, one.Line)
	}
	assert.Equal(t, []int{2, 3, 4, 5}, lines)
	assert.Contains(t, err.Error(), "(and 3 more)")
	_, err = inventory.Parse([]byte("devices:\n"+strings.Repeat("  - {}\n", 1000)), inventory.YAML, rules)
	require.ErrorAs(t, err, &all)
	assert.Len(t, all, 100)
}

func TestATooLargeInventoryIsNotParsed(t *testing.T) {
	t.Parallel()
	for _, format := range []inventory.Format{inventory.YAML, inventory.CSV} {
		_, err := inventory.Parse(make([]byte, inventory.MaxBytes+1), format, rules)
		assert.ErrorContains(t, err, "larger than")
	}
}

var table = "\ufeffname,url,pin,tags,all_roots,proxy_set,password_command,tls_min,proxy,username,legacy_ciphers,client_cert,client_key\r\n" +
	"ams-1,https://192.0.2.10," + pin + ",emea canary,true,\"Teams, \"\"main\"\"\",pass show sbc,1.0,http://jump:3128,,true,a.pem,a.key\r\n" +
	"2026-01-01,https://192.0.2.11,,,false,1,,,,yes,,,\r\n"

// convert imports CSV as it is.
func convert(data []byte) ([]byte, error) {
	imported, err := inventory.Import(data, inventory.Source{Format: "csv"}, rules)
	return imported.YAML, err
}

func TestCSVIsTheSameDevicesAsItsYAML(t *testing.T) {
	t.Parallel()
	fromCSV, err := inventory.Parse([]byte(table), inventory.CSV, rules)
	require.NoError(t, err)
	text, err := convert([]byte(table))
	require.NoError(t, err)
	fromYAML, err := inventory.Parse(text, inventory.YAML, rules)
	require.NoError(t, err, "%s", text)
	assert.Equal(t, fromCSV, fromYAML, "%s", text)
	first := fromCSV.Devices[0]
	assert.Equal(t, []string{"emea", "canary"}, first.Tags)
	assert.Equal(t, `Teams, "main"`, first.Choice.ProxySet)
	assert.Equal(t, []string{"pass", "show", "sbc"}, first.Password.Command)
	assert.True(t, first.Choice.AllRoots)
	assert.Equal(t, "http://jump:3128", first.Proxy.String())
	assert.True(t, first.LegacyCiphers)
	assert.Equal(t, []string{"a.pem", "a.key"}, []string{first.ClientCert, first.ClientKey})
	assert.Equal(t, "yes", fromCSV.Devices[1].Username)
}

func TestProxies(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"socks5://jump": "socks5://jump:1080", "socks5h://jump": "socks5h://jump:1080", "http://jump": "http://jump:80",
		"https://jump": "https://jump:443", "https://jump:8443/": "https://jump:8443", "socks5h://[2001:db8::1]:1": "socks5h://[2001:db8::1]:1",
	} {
		parsed, err := inventory.ParseProxy(written)
		require.NoError(t, err)
		assert.Equal(t, want, parsed.String())
	}
	for _, written := range []string{"", "jump", "jump:3128", "http://", "http://jump/path", "http://jump?a=b", "socks://jump", "socks5:jump"} {
		_, err := inventory.ParseProxy(written)
		assert.ErrorContains(t, err, "is no proxy", written)
	}
	for _, written := range []string{"http://u:hunter2@jump", "socks5h://hunter2@jump", "https://%zz:hunter2@jump", "hunter2@"} {
		_, err := inventory.ParseProxy(written)
		require.ErrorIs(t, err, inventory.ErrProxyLogin, written)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestEveryMistakeInCSVHasItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                              "1:1: the inventory is empty",
		"name,url\n":                    "1:1: there is no device",
		"name;link\na;b\n":              `1:6: unknown column "link"; `,
		"name,link\na,b\n":              `1:6: unknown column "link"; "acfix inventory import" takes --map`,
		"name,name\na,b\n":              `1:6: the column "name" is there twice`,
		"name,url,waivers\na,b,c\n":     `1:10: "waivers" can't be written in CSV`,
		"name,url\na\n":                 "2:1: the device has no url",
		"name,url\na,b,c\n":             "2:5: this line has 3 cells, the header has 2",
		"name,url\na,\n":                "2:1: the device has no url",
		"name,url\na b,u\n":             "2:1: a name has letters",
		"name,url\na,x y\n":             "2:3: this is no address",
		"name,url\na,u\nb,U\n":          `3:3: the url "u" of line 3 is already that of line 2`,
		"name,url\na,u\na,v\n":          `3:1: the name "a" of line 3 is already that of line 2`,
		"name,url,all_roots\na,u,yep\n": "2:5: true or false",
		"name,url,tags\na,u,x x\n":      `2:5: the tag "x" is given twice`,
		"name,url,pin\na,u,9c\n":        `2:5: "9c" is no SHA-256`,
		"name,url,password_env,password_file\na,u,B,c\n": "2:7: give one of password_env",
		"name,url\na,\"u\n":  "2:",
		"name,url\na,u\"x\n": "2:4: not CSV",
		"name,url\na,\x01\n": "2:3: a control character",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := inventory.Parse([]byte(text), inventory.CSV, rules)
			require.Error(t, err, text)
			assert.True(t, strings.HasPrefix(err.Error(), want), "%s\n%s", err, text)
			_, again := convert([]byte(text))
			assert.Equal(t, err, again)
		})
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	read, err := inventory.Parse([]byte("name,url,tags\nams-1,a,emea canary\nams-2,b,emea\nnyc-1,c,amer\n"), inventory.CSV, rules)
	require.NoError(t, err)
	for patterns, want := range map[string]string{
		"*": "ams-1 ams-2 nyc-1", "ams-*": "ams-1 ams-2", "ams-?": "ams-1 ams-2", "tag:canary": "ams-1",
		"nyc-1,tag:canary": "ams-1 nyc-1", "ams-1,tag:emea": "ams-1 ams-2", "[an]*-1": "ams-1 nyc-1",
	} {
		devices, err := read.Select(patterns)
		require.NoError(t, err, patterns)
		var names []string
		for _, device := range devices {
			names = append(names, device.Name)
		}
		assert.Equal(t, want, strings.Join(names, " "), patterns)
	}
	for _, patterns := range []string{"", "ams-1,", "lon-*", "tag:apac", "tag:em*", "ams-1,lon", "[", "*,tag:"} {
		_, err := read.Select(patterns)
		assert.Error(t, err, patterns)
	}
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(twoKeys + "   x: [\n"))
	f.Add([]byte(twoKeys + "    username: *a\n"))
	f.Fuzz(func(t *testing.T, foreign []byte) {
		checkAnswer(t, foreign, inventory.YAML)
	})
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte(table))
	f.Add([]byte("name,url\na,\"u\n"))
	f.Fuzz(func(t *testing.T, foreign []byte) {
		read := checkAnswer(t, foreign, inventory.CSV)
		if len(read.Devices) == 0 {
			return
		}
		text, err := convert(foreign)
		require.NoError(t, err)
		again, err := inventory.Parse(text, inventory.YAML, rules)
		require.NoError(t, err, "%s", text)
		require.Equal(t, read, again, "%s", text)
	})
}

// checkAnswer: there are devices or mistakes, and every mistake has a place in the text.
func checkAnswer(t *testing.T, foreign []byte, format inventory.Format) inventory.Inventory {
	t.Helper()
	read, err := inventory.Parse(foreign, format, rules)
	if err == nil {
		require.NotEmpty(t, read.Devices)
		return read
	}
	var all inventory.Errors
	require.ErrorAs(t, err, &all)
	lines := 1 + strings.Count(string(foreign), "\n") + strings.Count(string(foreign), "\r")
	for _, one := range all {
		require.True(t, one.Line >= 1 && one.Line <= lines+1 && one.Column >= 1, "%v in %q", one, foreign)
	}
	return inventory.Inventory{}
}

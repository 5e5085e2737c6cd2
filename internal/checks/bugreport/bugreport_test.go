package bugreport_test

import (
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/internal/checks/doctor/doctortest"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheDecisionStaysTheSame: acfix makes the same of the archive as of the device.
func TestTheDecisionStaysTheSame(t *testing.T) {
	t.Parallel()
	cell := func(table string, index int, column, value string) func(*mockdevice.Device) {
		return func(d *mockdevice.Device) { d.SetCell(table, index, column, value) }
	}
	for name, test := range map[string]struct {
		change  func(*mockdevice.Device)
		finding string
	}{
		"as it is":           {func(*mockdevice.Device) {}, remediate.BundleNotVerifiable},
		"another name":       {cell("ProxySet", 1, "SBCIPv4SIPInterfaceName", "TEAMS"), remediate.BundleNotVerifiable},
		"a name that is not": {cell("ProxySet", 1, "TLSContextName", "Nowhere"), remediate.DanglingReference},
		"withdrawn":          {cell("ProxyIp", 1, "IpAddress", "Sip-All.PSTNhub.microsoft.com.:5061"), remediate.WithdrawnFQDN},
		"unlisted":           {cell("ProxyIp", 1, "IpAddress", "test1.pstnhub.microsoft.com:5061"), remediate.UnlistedFQDN},
		"unrecognised":       {cell("ProxyIp", 0, "IpAddress", "pstnhub.microsoft.com.evil.example"), remediate.UnrecognisedPSTNHub},
		"context 0":          {cell("ProxySet", 1, "TLSContextName", "default"), remediate.DefaultContext},
		"shared":             {cell("SIPInterface", 0, "TLSPort", "5061"), remediate.BundleNotVerifiable},
		"shared for real": {func(d *mockdevice.Device) {
			d.SetCell("SIPInterface", 0, "TLSPort", "5061")
			d.SetCell("SIPInterface", 0, "TLSContext", "teams")
		}, remediate.SharedContext},
		"mutual TLS off": {func(d *mockdevice.Device) {
			d.SetCell("SIPInterface", 1, "TLSMutualAuthentication", "0")
			d.SetParam("VERIFYSERVERCERTIFICATE", "0")
		}, remediate.MTLSOff},
		"verified all the same": {cell("SIPInterface", 1, "TLSMutualAuthentication", "0"), remediate.ServerVerify},
		"automatic update":      {func(d *mockdevice.Device) { d.SetParam("IniFileURL", "'https://user:pass@prov.contoso.example/x.ini'") }, remediate.AutomaticUpdate},
		"weak ciphers":          {cell("TLSContexts", 1, "ServerCipherString", "RC4:EXP"), remediate.CiphersExcludeTeams},
		"other suites":          {cell("TLSContexts", 1, "ServerCipherString", "ECDHE-PRIVATE-SUITE:!MD5"), remediate.CiphersExcludeTeams},
		"an unknown word":       {cell("TLSContexts", 1, "ServerCipherString", "PRIVATE:RC4"), remediate.BundleNotVerifiable},
		"old TLS":               {cell("TLSContexts", 1, "TLSVersion", "1"), remediate.TLS12NotAllowed},
		"a secret in the table": {cell("TLSContexts", 1, "OcspInterface", "$1$secret"), remediate.SecretInTLSContexts},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := visit(t, doctortest.Preset(t, "7.4.500"), test.change)
			before, after := judgeBoth(o, files(o))
			assert.False(t, before.Failed)
			assert.Contains(t, before.Findings, test.finding)
			assert.Equal(t, before, after)
		})
	}
}

func TestTheDecisionStaysTheSameInEveryDialect(t *testing.T) {
	t.Parallel()
	for _, name := range mockdevice.PresetNames() {
		for _, variant := range append(mockdevice.Variants(), mockdevice.Variant{Name: "plain", Set: func(*mockdevice.Dialect) {}}) {
			if name != "7.4.500" && variant.Name != "plain" {
				continue
			}
			t.Run(name+" "+variant.Name, func(t *testing.T) {
				t.Parallel()
				model := doctortest.Preset(t, name)
				variant.Set(&model.Dialect)
				o := visit(t, model)
				list := files(o)
				before, after := judgeBoth(o, list)
				assert.Equal(t, before, after)
				sameShape(t, o.Configuration.Body, []byte(list["configuration.ini"]))
			})
		}
	}
}

// sameShape compares everything of two configurations but the texts.
func sameShape(t testing.TB, before, after []byte) {
	t.Helper()
	was, wasErr := ini.Parse(before)
	is, isErr := ini.Parse(after)
	require.Equal(t, wasErr == nil, isErr == nil, "%v / %v", wasErr, isErr)
	require.Equal(t, strings.Count(string(before), "\r\n"), strings.Count(string(after), "\r\n"))
	require.Equal(t, strings.Count(string(before), "\n"), strings.Count(string(after), "\n"))
	if wasErr != nil {
		return
	}
	require.Len(t, is.Tables(), len(was.Tables()))
	for i, table := range was.Tables() {
		other := is.Tables()[i]
		require.Equal(t, table.Hidden, other.Hidden)
		require.Len(t, other.Columns(), len(table.Columns()))
		rows, err := table.Rows()
		others, otherErr := other.Rows()
		require.Equal(t, err == nil, otherErr == nil, "%v / %v\n%s", err, otherErr, after)
		for j, row := range rows {
			require.Equal(t, row.Index, others[j].Index)
			sameForms(t, row, others[j])
		}
	}
}

// sameForms: a quoted cell stays quoted, an empty one empty.
func sameForms(t testing.TB, was, is ini.Row) {
	t.Helper()
	var forms, others []string
	for _, cell := range was.Cells {
		forms = append(forms, form(cell))
	}
	for _, cell := range is.Cells {
		others = append(others, form(cell))
	}
	require.Equal(t, forms, others)
}

func form(cell ini.Cell) string {
	switch {
	case cell == "" || cell == `""` || cell == "$$":
		return string(cell)
	case cell.Text() != string(cell):
		return "quoted"
	default:
		return "bare"
	}
}

var (
	anyAddress = regexp.MustCompile(`\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b`)
	anyHost    = regexp.MustCompile(`(?i)\b[a-z0-9-]+(\.[a-z0-9-]+)*\.(com|org|net|au|de|here|example)\b`)
	anySecret  = regexp.MustCompile(`\$1\$[^"']+`)
)

// TestRealSamplesLeaveNothingOfTheirs looks for every address, host and secret of the files.
func TestRealSamplesLeaveNothingOfTheirs(t *testing.T) {
	t.Parallel()
	people := []string{"ucmadscientist", "carrier.com", "t-online", "telekom", "contoso", "audiocodes@", "obscured00000000", "370105", "4930123456789", "ucmad", "00908f8a7ee0", "11755940"}
	for name, data := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := configurationOnly(data)
			list := files(o)
			text := strings.ToLower(list["configuration.ini"])
			for _, word := range people {
				assert.False(t, strings.Contains(text, word), word)
			}
			assert.NotContains(t, text, "$1$")
			for _, address := range anyAddress.FindAllString(string(data), -1) {
				if parsed, err := netip.ParseAddr(address); err == nil && !parsed.IsUnspecified() && !strings.HasPrefix(address, "255.") {
					assert.False(t, regexp.MustCompile(`\b`+regexp.QuoteMeta(address)+`\b`).MatchString(text), address)
				}
			}
			for _, host := range anyHost.FindAllString(string(data), -1) {
				if !strings.HasSuffix(host, "pstnhub.microsoft.com") {
					assert.False(t, strings.Contains(text, strings.ToLower(host)), host)
				}
			}
			for _, secret := range anySecret.FindAllString(string(data), -1) {
				assert.NotContains(t, text, strings.ToLower(secret))
			}
			before, after := judgeBoth(o, list)
			assert.Equal(t, before, after)
			sameShape(t, data, []byte(list["configuration.ini"]))
		})
	}
}

// TestTheSameOriginalHasTheSameReplacement across all files.
func TestTheSameOriginalHasTheSameReplacement(t *testing.T) {
	t.Parallel()
	o := visit(t, doctortest.Preset(t, "7.4.500"))
	list := unpacked(t, o)
	text := list["configuration.ini"]
	one := func(pattern, in string) string {
		match := regexp.MustCompile(pattern).FindStringSubmatch(in)
		require.NotNil(t, match, "%s in\n%s", pattern, in)
		return match[1]
	}
	serial := one(`"serialNumber": "([0-9]+)"`, list["status.json"])
	assert.Equal(t, serial, one(`;Serial Number: ([0-9]+)`, text))
	assert.Equal(t, serial, one(`"serial": "([0-9]+)"`, list["doctor.json"]))
	address := one(`"ipAddress": "([0-9.]+)"`, list["status.json"])
	assert.Equal(t, address, one(`;Board IP Address: ([0-9.]+)`, text))
	assert.Equal(t, address, one(`InterfaceTable 0 = 6, 10, ([0-9.]+), 24`, text))
	host := one(`IPGroup 1 = .*"(host-\d+\.example)"`, text)
	assert.Equal(t, host, one(`"'(host-\d+\.example)'"`, text), "the Contact of the message manipulation")
	itsp := one(`ProxySet 0 = "(name-\d+)"`, text)
	assert.Equal(t, itsp, one(`IPGroup 0 = 0, "[^"]+", "([^"]+)"`, text))
	assert.Contains(t, text, `TLSContexts 1 = "Teams", 12, 0, "DEFAULT", "DEFAULT", "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"`)
	assert.Contains(t, text, `ProxyIp 1 = "1", 0, "sip.pstnhub.microsoft.com:5061", 2, 1, 1;`)
	assert.Contains(t, text, ";Board: Mediant VE SBC\r\n")
	assert.Contains(t, text, ";Software Version: 7.40A.500.357\r\n")
	assert.Contains(t, text, ";NTPServerIP_abs is hidden but has non-default value\r\n")
	assert.Contains(t, text, "VERIFYSERVERCERTIFICATE = 1\r\n")
	assert.Equal(t, list, unpacked(t, o), "the same observations make the same archive")
}

func TestOnlyRequiredRootsRootsAreNamed(t *testing.T) {
	t.Parallel()
	model := doctortest.Preset(t, "7.6")
	model.Contexts[1].Roots = append(model.Contexts[1].Roots, requiredRoot())
	text := unpacked(t, visit(t, model))["certificates.json"]
	assert.Contains(t, text, `"root": "DigiCert Global Root G2"`)
	assert.Contains(t, text, `"key_type": "ECDSA P-256"`)
	assert.NotContains(t, text, "Contoso")
	assert.NotContains(t, text, "contoso")
}

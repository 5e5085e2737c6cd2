package mockdevice_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func TestPresetsAreTeamsDevices(t *testing.T) {
	bundle := map[string]string{"7.0": "", "7.2": "", "7.4-early": "", "7.4.250": "0", "7.4.500": "0", "7.4.604": "0", "7.6": "0"}
	for _, name := range mockdevice.PresetNames() {
		t.Run(name, func(t *testing.T) {
			device := mockdevice.New(preset(t, name))
			running := device.Running()
			for _, want := range []struct {
				table  string
				index  int
				column string
				value  string
			}{
				{"TLSContexts", 0, "Name", "default"},
				{"TLSContexts", 1, "Name", "Teams"},
				{"TLSContexts", 1, "UseDefaultCABundle", bundle[name]},
				{"TLSContexts", 0, "UseDefaultCABundle", bundle[name]},
				{"SIPInterface", 0, "InterfaceName", "SIPInterface_0"},
				{"SIPInterface", 0, "TLSContext", "default"},
				{"SIPInterface", 0, "TLSPort", "0"},
				{"SIPInterface", 1, "InterfaceName", "Teams"},
				{"SIPInterface", 1, "TLSContext", "Teams"},
				{"SIPInterface", 1, "TLSPort", "5061"},
				{"SIPInterface", 1, "TLSMutualAuthentication", "1"},
				{"ProxySet", 0, "ProxyName", "ITSP"},
				{"ProxySet", 1, "ProxyName", "Teams"},
				{"ProxySet", 1, "TLSContextName", "Teams"},
				{"ProxySet", 1, "SBCIPv4SIPInterfaceName", "Teams"},
				{"ProxyIp", 3, "IpAddress", "sip3.pstnhub.microsoft.com:5061"},
				{"ProxyIp", 3, "TransportType", "2"},
				{"ProxyIp", 0, "TransportType", "0"},
				{"IPGroup", 1, "ProxySetName", "Teams"},
				{"IPGroup", 1, "DTLSContext", "default"},
				{"IPGroup", 1, "ClassifyByProxySet", "1"},
			} {
				assert.Equal(t, want.value, running.Cell(want.table, want.index, want.column), "%s %d %s", want.table, want.index, want.column)
			}
			assert.Len(t, running.Roots[1], 2)
			assert.Empty(t, running.Roots[0])
			assert.Equal(t, running, device.Flash())
			assert.False(t, device.SaveNeeded())
		})
	}
}

func TestPresetINIHasTheDevicesLook(t *testing.T) {
	text := start(t, preset(t, "7.4.500")).get("files/ini").body
	assert.Equal(t, strings.Count(text, "\n"), strings.Count(text, "\r\n"))
	for _, part := range []string{
		";Software Version: 7.40A.500.357", `"$1$`, "is hidden but has non-default value",
		"*** TABLE DspTemplates ***", "[SIP Params]", "TLSContexts 1 = \"Teams\", 12, ",
	} {
		assert.Contains(t, text, part)
	}
	assert.Contains(t, start(t, preset(t, "7.0")).get("files/ini").body, "FORMAT TLSContexts_Index = TLSContexts_Name, ")
}

func TestHeaderFollowsTheModel(t *testing.T) {
	model := preset(t, "7.6")
	model.Serial, model.Firmware = "42", "7.60A.300.999"
	s := start(t, model)
	assert.Contains(t, s.get("files/ini").body, ";Serial Number: 42\r\n")
	assert.Equal(t, "ACL_42", s.server.Certificate().Subject.CommonName)
	assert.Equal(t, "7.60A.300.999", s.get("status").json(t)["versionID"])
}

func TestUnknownPreset(t *testing.T) {
	_, err := mockdevice.Preset("8.0")
	assert.ErrorContains(t, err, "7.4.500")
}

func TestPresetsAreReproducible(t *testing.T) {
	one, two := mockdevice.New(preset(t, "7.2")), mockdevice.New(preset(t, "7.2"))
	assert.Equal(t, one.Running(), two.Running())
	assert.Equal(t, mockdevice.SelfMadeRoot("x"), mockdevice.SelfMadeRoot("x"))
}

// Every line of a real file that means something comes back from the device.
func TestFromINIKeepsRealFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ini")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			ini, err := os.ReadFile(file)
			require.NoError(t, err)
			model, err := mockdevice.FromINI(ini)
			require.NoError(t, err)
			model.Dialect.EmptyTables = true
			got := start(t, model).get("files/ini").body
			want := meaningfulLines(string(ini))
			assert.ElementsMatch(t, want, meaningfulLines(got))
		})
	}
}

func meaningfulLines(text string) []string {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestFromINIReadsTheHeader(t *testing.T) {
	ini, err := os.ReadFile("testdata/mediant800b-7.00A.040.004-excerpt.ini")
	require.NoError(t, err)
	model, err := mockdevice.FromINI(ini)
	require.NoError(t, err)
	assert.Equal(t, []string{"Mediant 800B", "11755940", "7.00A.040.004", "10.10.10.1"},
		[]string{model.Product, model.Serial, model.Firmware, model.Address})
}

func TestFromINIRefusesNonsense(t *testing.T) {
	for _, text := range []string{"hello", "[ T ]\nT 0 = 1;\n", "[ T ]\nFORMAT Index = A;\nT 0 = 1, 2;\n", "[ T ]\nFORMAT Index = A;\nT 0 = \"x;\n"} {
		_, err := mockdevice.FromINI([]byte(text))
		assert.Error(t, err, text)
	}
}

package mockdevice_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/mockdevice"
)

// The trap that a client must know: what a FORMAT leaves out becomes default.
func TestLoadSetsColumnsLeftOutToDefaults(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	r := s.put(loadPath, teamsRow(1, "UseDefaultCABundle", "1", "name", `"Teams"`))
	assert.Equal(t, 200, r.status, r.body)
	got := s.device.Running()
	assert.Equal(t, "1", got.Cell("TLSContexts", 1, "UseDefaultCABundle"))
	assert.Equal(t, "0", got.Cell("TLSContexts", 1, "TLSVersion"), "12 before")
	assert.Equal(t, "2560", got.Cell("TLSContexts", 1, "OcspServerPort"))
	assert.Equal(t, "default", got.Cell("TLSContexts", 0, "Name"), "other rows stay")
	assert.Equal(t, "Teams", got.Cell("ProxySet", 1, "ProxyName"), "other tables stay")
	assert.Len(t, got.Roots[1], 2, "files stay")
}

func TestLoadAccepts(t *testing.T) {
	tests := map[string]struct {
		load          string
		table         string
		index         int
		column, value string
	}{
		"any order, prefixes and case": {"[ tlscontexts ]\r\nformat TLSCONTEXTS_INDEX = TlsContexts_TLSVersion, NAME;\r\ntlscontexts 1 = 4, \"Teams\";\r\n[ \\TlsContexts ]\r\n", "TLSContexts", 1, "TLSVersion", "4"},
		"separators in quotes":         {"[ SIPInterface ]\nFORMAT Index = InterfaceName;\nSIPInterface 1 = \"a, b; c = d\\\";\n[ \\SIPInterface ]\n", "SIPInterface", 1, "InterfaceName", `a, b; c = d\`},
		"a new row":                    {teamsRow(4, "Name", `"New"`, "UseDefaultCABundle", "1"), "TLSContexts", 4, "Name", "New"},
		"dollars":                      {teamsRow(1, "Name", `"Teams"`, "DHKeySize", "$$"), "TLSContexts", 1, "DHKeySize", "2048"},
		"a quoted number":              {teamsRow(1, "Name", `"Teams"`, "UseDefaultCABundle", `"1"`), "TLSContexts", 1, "UseDefaultCABundle", "1"},
		"comments and a hidden table":  {";x\n[ DspTemplates ]\n; hidden\n[ \\DspTemplates ]\n" + teamsRow(1, "Name", `"T"`), "TLSContexts", 1, "Name", "T"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, preset(t, "7.4.500"))
			r := s.put(loadPath, test.load)
			assert.Equal(t, 200, r.status, r.body)
			assert.NotEmpty(t, r.json(t)["description"])
			assert.Equal(t, test.value, s.device.Running().Cell(test.table, test.index, test.column))
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	const head = "[ TLSContexts ]\nFORMAT Index = Name, TLSVersion;\n"
	const tail = "[ \\TLSContexts ]\n"
	good := "GWDEBUGLEVEL = 0\n"
	tests := map[string]string{
		"a row twice":                  head + "TLSContexts 1 = \"a\", 0;\nTLSContexts 1 = \"b\", 0;\n" + tail,
		"a row twice in two parts":     head + "TLSContexts 1 = \"a\", 0;\n" + tail + head + "TLSContexts 1 = \"a\", 0;\n" + tail,
		"too few cells":                head + "TLSContexts 1 = \"a\";\n" + tail,
		"too many cells":               head + "TLSContexts 1 = \"a\", 0, 0;\n" + tail,
		"an unknown table":             "[ Nope ]\nFORMAT Index = A;\nNope 0 = 1;\n[ \\Nope ]\n",
		"an unknown column":            teamsRow(1, "Nope", "1"),
		"an unknown parameter":         "[SIP Params]\nNOPE = 1\n",
		"a column twice":               teamsRow(1, "Name", `"a"`, "TLSContexts_Name", `"b"`),
		"rows without FORMAT":          "[ TLSContexts ]\nTLSContexts 1 = \"a\";\n" + tail,
		"a hidden table":               "[ DspTemplates ]\nFORMAT Index = A;\nDspTemplates 0 = 1;\n[ \\DspTemplates ]\n",
		"a table without end":          head,
		"the wrong end":                head + "[ \\ProxySet ]\n",
		"a row of another table":       head + "ProxySet 1 = \"a\", 0;\n" + tail,
		"a quote without end":          head + "TLSContexts 1 = \"a, 0;\n" + tail,
		"no semicolon":                 head + "TLSContexts 1 = \"a\", 0\n" + tail,
		"a negative index":             head + "TLSContexts -1 = \"a\", 0;\n" + tail,
		"the bundle above context 4":   teamsRow(5, "Name", `"x"`, "UseDefaultCABundle", "1"),
		"the bundle neither on or off": teamsRow(1, "Name", `"x"`, "UseDefaultCABundle", "2"),
		"prose":                        "please switch it on\n",
	}
	for name, load := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, preset(t, "7.4.500"))
			before := s.device.Running()
			r := s.put(loadPath, good+load)
			assert.Equal(t, 400, r.status)
			assert.NotEmpty(t, r.json(t)["description"])
			assert.Equal(t, before, s.device.Running(), "nothing is loaded, the good line neither")
			assert.False(t, s.device.SaveNeeded())
		})
	}
	t.Run("an empty file", func(t *testing.T) {
		assert.Equal(t, 400, start(t, preset(t, "7.4.500")).put(loadPath, "; nothing\n").status)
	})
	t.Run("the bundle on firmware without it", func(t *testing.T) {
		assert.Equal(t, 400, start(t, preset(t, "7.2")).put(loadPath, teamsRow(1, "Name", `"Teams"`, "UseDefaultCABundle", "1")).status)
	})
}

func TestLoadParameters(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	assert.Equal(t, 200, s.put(loadPath, "[SIP Params]\nGWDEBUGLEVEL = 0\nSIPSRequireClientCertificate = 1\n").status)
	text := s.get("files/ini").body
	assert.Contains(t, text, "GWDEBUGLEVEL = 0\r\n")
	assert.Contains(t, text, "SIPSRequireClientCertificate = 1\r\n")
}

func TestLoadKeepsRowsItIsGivenBack(t *testing.T) {
	for _, name := range mockdevice.PresetNames() {
		t.Run(name, func(t *testing.T) {
			s := start(t, preset(t, name))
			before, text := s.device.Running(), s.get("files/ini").body
			r := s.put(loadPath, text)
			assert.Equal(t, 200, r.status, r.body)
			assert.Equal(t, before, s.device.Running())
			assert.Equal(t, text, s.get("files/ini").body, "written as before, to the letter")
			assert.True(t, s.device.SaveNeeded(), "A11")
		})
	}
}

// Whatever way a device writes its configuration, it understands it.
func TestEveryDialectReadsWhatItWrites(t *testing.T) {
	for _, v := range mockdevice.Variants() {
		if v.Name == "ha-busy" || strings.HasPrefix(v.Name, "auth-digest") {
			continue // they need more than one request, and have tests of their own
		}
		t.Run(v.Name, func(t *testing.T) {
			model := preset(t, "7.4.500")
			v.Set(&model.Dialect)
			model.Dialect.Seed = 7
			s := start(t, model)
			before := s.device.Running()
			assert.Equal(t, mockdevice.New(preset(t, "7.4.500")).Running(), before, "the dialect has no influence on the state")
			r := s.put(loadPath, s.get("files/ini").body)
			assert.Equal(t, 200, r.status, r.body)
			assert.Equal(t, before, s.device.Running())
		})
	}
}

func TestNewContextHasNoFiles(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	assert.Equal(t, 404, s.get("files/tls/3/trustedRoot").status)
	assert.Equal(t, 200, s.put(loadPath, teamsRow(3, "Name", `"Third"`)).status)
	assert.Equal(t, 200, s.get("files/tls/3/trustedRoot").status)
	assert.Equal(t, 400, s.get("files/tls/3/certificate").status, "A49")
	assert.Equal(t, false, s.get("files/tls/3/privateKey").json(t)["valid"])
}

func TestChangesBySomebodyElse(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.device.OnRequest(func(n int, r *http.Request) {
		s.device.SetCell("TLSContexts", 1, "TLSVersion", fmt.Sprint(n))
	})
	s.get("status")
	assert.Equal(t, "1", s.device.Running().Cell("TLSContexts", 1, "TLSVersion"))
	s.device.OnRequest(nil)
	s.device.AddRow("TLSContexts", 2, map[string]string{"Name": "Other"})
	s.device.AddRoot(2, []byte(pemText("A", "B")))
	s.device.SetParam("GWDEBUGLEVEL", "1")
	got := s.device.Running()
	assert.Equal(t, "Other", got.Cell("TLSContexts", 2, "Name"))
	assert.Len(t, got.Roots[2], 2)
	assert.Contains(t, got.Configuration, "GWDEBUGLEVEL = 1\n")
	assert.True(t, s.device.SaveNeeded())
	s.device.RemoveRoot(2, got.Roots[2][0])
	assert.Equal(t, got.Roots[2][1:], s.device.Running().Roots[2])
	s.device.DeleteRow("TLSContexts", 2)
	assert.Nil(t, s.device.Running().Roots[2])
	assert.Panics(t, func() { s.device.SetCell("Nope", 0, "x", "y") })
	s.device.Reboot()
	assert.Equal(t, s.device.Flash(), s.device.Running())
}

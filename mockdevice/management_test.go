package mockdevice_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/mockdevice"
)

func TestManagementWithClientCertificates(t *testing.T) {
	model := preset(t, "7.4.500")
	assert.True(t, model.AddCertificateLogins(map[int]string{1: "admin.contoso.example"}))
	model.AddManagementInterfaces("Teams")
	text := start(t, model).get("files/ini").body
	assert.Contains(t, text, `PrevPassw4, TLSSubjectName;`)
	assert.Contains(t, text, `, "", "";`+"\r\nWebUsers 1 = ")
	assert.Contains(t, text, `"admin.contoso.example";`)
	assert.Contains(t, text, `AdditionalManagementInterfaces 0 = "O+M+C", "Teams", -1;`)

	other := start(t, preset(t, "7.4.500")).get("files/ini").body
	assert.NotContains(t, other, "TLSSubjectName", "models share nothing")
}

func TestAddTable(t *testing.T) {
	model := preset(t, "7.2")
	model.AddTable(mockdevice.Table{Name: "QOESettings", Columns: []mockdevice.Column{{Name: "ContextName", Quoted: true}},
		Rows: []mockdevice.Row{{Index: 0, Cells: []string{`"Teams"`}}}})
	model.AddTable(mockdevice.Table{Name: "qoesettings", Comments: []string{";hidden"}})
	assert.False(t, model.AddColumn("Nope", mockdevice.Column{Name: "A"}, nil))
	text := start(t, model).get("files/ini").body
	assert.NotContains(t, text, "ContextName = ")
	assert.Contains(t, text, ";hidden", "the later takes the place of the earlier")
}

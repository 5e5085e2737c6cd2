package main

import (
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secretMark is part of every secret of the device below, obscured or not, before a change and
// after it.
const secretMark = "Mark3r"

// secretTables hold secrets in columns of all kinds of names, by table, column and row 0.
var secretTables = map[string][]string{
	"SNMPUsers":           {"Username", "AuthKey", "PrivKey"},
	"IPSecPeers":          {"Name", "PSK"},
	"HTTPRemoteServices":  {"Path", "AuthToken", "URL"},
	"SBCUserInfoTable":    {"LocalUser", "Pw"},
	"RemoteMediaServices": {"Name", "Credentials"},
}

// secretParameters are raw, with the quotes of the INI.
var secretParameters = map[string]string{
	"IniFileURL":                "'https://user:" + secretMark + "-url@prov.example/x.ini'",
	"SNMPTrapCommunityString":   "'" + secretMark + "-community'",
	"RadiusSharedKey":           "'" + secretMark + "-radius'",
	"CloudRegistrationToken":    "'" + secretMark + "-token'",
	"AdminPrivateKeyPassPhrase": "'$1$" + secretMark + "'",
}

func deviceOfSecrets(t *testing.T) mockdevice.Model {
	t.Helper()
	model, err := mockdevice.Preset("7.4.500")
	require.NoError(t, err)
	for name, columns := range secretTables {
		table := mockdevice.Table{Name: name}
		row := mockdevice.Row{}
		for _, column := range columns {
			table.Columns = append(table.Columns, mockdevice.Column{Name: column, Quoted: true})
			row.Cells = append(row.Cells, `"https://me:`+secretMark+`-`+column+`@host.example/?key=`+secretMark+`"`)
		}
		table.Rows = []mockdevice.Row{row}
		model.Tables = append(model.Tables, table)
	}
	group := mockdevice.Group{Name: "SECRET Params"}
	for name, value := range secretParameters {
		group.Parameters = append(group.Parameters, mockdevice.Parameter{Name: name, Value: value})
	}
	model.Groups = append(model.Groups, group)
	return model
}

// changeSecrets is another administrator, or a device that spoils what it was not asked to.
func changeSecrets(device *mockdevice.Device) {
	for name, columns := range secretTables {
		for _, column := range columns {
			device.SetCell(name, 0, column, secretMark+" now "+column)
		}
	}
	for name := range secretParameters {
		device.SetParam(name, "'"+secretMark+"-now'")
	}
}

// TestNoSecretOfTheDeviceIsShown: another administrator or the device itself changes secrets in
// the middle of a run, in ways that every message about drift and damage is made of.
func TestNoSecretOfTheDeviceIsShown(t *testing.T) {
	onceAt := func(suffix string, do func(*mockdevice.Device)) func(*testApp) {
		return func(d *testApp) {
			var once sync.Once
			d.device.OnRequest(func(_ int, request *http.Request) {
				if strings.HasSuffix(request.URL.Path, suffix) && request.Method != http.MethodGet {
					once.Do(func() { do(d.device) })
				}
			})
		}
	}
	spoil := func(table, column string) func(*testApp) {
		return func(d *testApp) {
			d.device.AddFault(mockdevice.Fault{
				Path: "/files/ini/incremental", Do: mockdevice.DamageOtherCell, Table: table, Column: column, Value: secretMark + " damage",
			})
		}
	}
	rowOf := func(values map[string]string) func(*mockdevice.Device) {
		return func(device *mockdevice.Device) {
			device.AddRow("SNMPUsers", 7, values)
			device.DeleteRow("IPSecPeers", 0)
		}
	}
	userPart := func(device *mockdevice.Device) {
		device.SetCell("ProxyIp", 1, "IpAddress", "me:"+secretMark+"@pstnhub.example")
		device.SetCell("TLSContexts", 1, "OcspServerPrimary", `"$1$`+secretMark+`"`)
	}
	for name, trouble := range map[string]func(*testApp){
		"changed before the load":      onceAt("/ini/incremental", changeSecrets),
		"changed before an import":     onceAt("/trustedRoot/incremental", changeSecrets),
		"changed before the save":      onceAt("/saveConfiguration", changeSecrets),
		"rows came and went":           onceAt("/trustedRoot/incremental", rowOf(map[string]string{"AuthKey": secretMark})),
		"a user part in a Proxy":       onceAt("/trustedRoot/incremental", userPart),
		"a user part from the start":   func(d *testApp) { userPart(d.device) },
		"a key spoilt by the load":     spoil("SNMPUsers", "AuthKey"),
		"a token spoilt by the load":   spoil("HTTPRemoteServices", "AuthToken"),
		"an URL spoilt by the load":    spoil("HTTPRemoteServices", "URL"),
		"unsaved before the run":       func(d *testApp) { changeSecrets(d.device) },
		"a Proxy spoilt by the load":   spoilProxy,
		"a table that can't be read":   onceAt("/ini/incremental", breakTable),
		"nothing happens, all is well": func(*testApp) {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newTestAppFor(t, deviceOfSecrets(t), "")
			trouble(d)
			for _, format := range []string{"text", "json", "jsonl"} {
				d.run("apply", "--yes", "--log-level", "debug", "-o", format)
			}
			d.run("plan", "-o", "json")
			requireNoMark(t, d)
		})
	}
}

func spoilProxy(d *testApp) {
	d.device.AddFault(mockdevice.Fault{
		Path: "/files/ini/incremental", Do: mockdevice.DamageOtherCell,
		Table: "ProxyIp", Row: 1, Column: "IpAddress", Value: "me:" + secretMark + "@pstnhub.example",
	})
}

// breakTable puts a quote into a cell, after which no row of the table can be read.
func breakTable(device *mockdevice.Device) {
	device.SetCell("SNMPUsers", 0, "AuthKey", secretMark+`" and, `+secretMark)
}

// requireNoMark makes every document and searches all that was printed and written; only the
// configurations inside backups may hold secrets.
func requireNoMark(t *testing.T, d *testApp) {
	t.Helper()
	printed := d.stdout.String() + d.stderr.String()
	d.stdout.Reset()
	require.Equal(t, exitDone, d.app.run([]string{"history", "-o", "json"}))
	history := d.stdout.String()
	for _, listed := range decode(t, history)["runs"].([]any) {
		id := listed.(map[string]any)["id"].(string)
		for _, format := range []string{"text", "json", "csv", "html", "junit"} {
			d.app.run([]string{"report", id, "-o", format, "--log-level", "debug"})
		}
	}
	state := d.app.getenv("XDG_STATE_HOME")
	d.run("doctor", "--bundle", filepath.Join(state, "bug.zip"))
	d.run("doctor", "-o", "json")
	searched := map[string]string{"printed": printed, "stdout": d.stdout.String(), "stderr": d.stderr.String()}
	for path, content := range filesBelow(t, state) {
		if filepath.Base(path) != "configuration.ini" {
			searched[path] = content
		}
	}
	require.NotEmpty(t, printed)
	require.Greater(t, len(searched["stdout"]), len(history), "the reports were made")
	for where, content := range searched {
		if at := strings.Index(content, secretMark); at >= 0 {
			assert.Fail(t, "a secret is shown", "%s: …%s…", where, content[max(0, at-150):min(len(content), at+60)])
		}
		assert.NotContains(t, content, "$1$", where)
	}
}

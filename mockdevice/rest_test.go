package mockdevice_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func TestStatusIsAsDocumented(t *testing.T) {
	s := start(t, preset(t, "7.4.604"))
	got := s.get("status").json(t)
	for _, field := range []string{
		"localTimeStamp", "ipAddress", "subnetMask", "defaultGateway", "productType", "versionID", "protocolType",
		"operationalState", "highAvailability", "serialNumber", "macAddress", "systemUpTime", "saveNeeded", "resetNeeded", "upgradeStatus",
	} {
		assert.Contains(t, got, field)
	}
	assert.Equal(t, "5740604", got["serialNumber"])
	assert.Equal(t, false, got["saveNeeded"])
	s.device.SetSerial("99")
	assert.Equal(t, "99", s.get("status").json(t)["serialNumber"])
}

func TestUnknownPathsAndMethods(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	tests := []struct {
		method, path string
		status       int
	}{
		{"GET", "nope", 404}, {"GET", "files/tls/7/trustedRoot", 404}, {"GET", "files/tls/01/trustedRoot", 404},
		{"GET", "files/tls//trustedRoot", 404}, {"GET", "status/", 404}, {"GET", "alarms/active/77", 404},
		{"POST", "status", 405}, {"DELETE", "files/tls/1/trustedRoot", 405}, {"GET", "actions/saveConfiguration", 405},
		{"GET", "files/ini/incremental", 405}, {"GET", "files/tls/1/trustedRoot/incremental", 405},
	}
	for _, test := range tests {
		r := s.do(test.method, test.path, nil, nil)
		assert.Equal(t, test.status, r.status, "%s %s", test.method, test.path)
		assert.NotEmpty(t, r.json(t)["description"])
	}
	response, err := s.client.Do(authorized(t, s.server.URL()+"/apix/v1/status"))
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, 404, response.StatusCode)
}

func authorized(t *testing.T, url string) *http.Request {
	request, err := http.NewRequest("GET", url, nil)
	require.NoError(t, err)
	request.SetBasicAuth("Admin", "Admin")
	return request
}

func TestPrivilegeLevels(t *testing.T) {
	for _, test := range []struct {
		level                         int
		status, ini, roots, add, save int
	}{
		{50, 200, 403, 403, 403, 403},
		{100, 200, 200, 200, 403, 200},
		{200, 200, 200, 200, 200, 200},
	} {
		model := preset(t, "7.4.500")
		model.Level = test.level
		s := start(t, model)
		assert.Equal(t, test.status, s.get("status").status)
		assert.Equal(t, test.ini, s.get("files/ini").status)
		assert.Equal(t, test.roots, s.get(storePath).status)
		assert.Equal(t, test.add, s.put(addPath, pemText("A")).status)
		assert.Equal(t, test.save, s.save().status)
	}
}

func TestRAMAndFlash(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	original := s.device.Running()
	assert.Equal(t, 200, s.put(addPath, pemText("A")).status)
	assert.Equal(t, true, s.get("status").json(t)["saveNeeded"])
	assert.Equal(t, original, s.device.Flash())
	changed := s.device.Running()
	assert.NotEqual(t, original, changed)

	s.device.Reboot()
	assert.Equal(t, original, s.device.Running(), "what was not saved is lost")
	assert.Equal(t, false, s.get("status").json(t)["saveNeeded"])

	s.put(addPath, pemText("A"))
	r := s.save()
	assert.Equal(t, 200, r.status)
	assert.Empty(t, r.body)
	s.device.Reboot()
	assert.Equal(t, changed, s.device.Running())
	assert.Equal(t, changed, s.device.Flash())
}

func TestSaveWantsAnExplicitLength(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	chunked := io.MultiReader(strings.NewReader(""))
	assert.Equal(t, 400, s.do("POST", "actions/saveConfiguration", chunked, nil).status, "chunked")
	assert.Equal(t, 400, s.do("POST", "actions/saveConfiguration", strings.NewReader("{}"), nil).status, "a body")
	assert.True(t, s.device.SaveNeeded())
	assert.Equal(t, 200, s.save().status)
	assert.False(t, s.device.SaveNeeded())
}

// TestSaveTakesAnEmptyObject: public clients send one. Nothing else is a save.
func TestSaveTakesAnEmptyObject(t *testing.T) {
	for kind, bodies := range map[string]map[string]int{
		"application/json": {
			"{}": 200, " { }\n": 200, `{"a":1}`: 400, "[]": 400, "null": 400, `""`: 400, "{": 400, "{}{}": 400, "x": 400,
		},
		"application/json; charset=utf-8": {"{}": 200}, "text/plain": {"{}": 400}, "application/x-www-form-urlencoded": {"{}": 400},
	} {
		for body, want := range bodies {
			s := start(t, preset(t, "7.4.500"))
			s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
			declare := func(r *http.Request) { r.Header.Set("Content-Type", kind) }
			assert.Equal(t, want, s.do("POST", "actions/saveConfiguration", strings.NewReader(body), declare).status, "%s %q", kind, body)
			assert.Equal(t, want != 200, s.device.SaveNeeded())
			chunked := io.MultiReader(strings.NewReader(body))
			assert.Equal(t, 400, s.do("POST", "actions/saveConfiguration", chunked, declare).status, "without a length")
		}
	}
}

func TestUploads(t *testing.T) {
	two, kind := form("file", "x.pem", "application/octet-stream", pemText("A"))
	twice, _ := io.ReadAll(two)
	boundary := strings.TrimPrefix(kind, "multipart/form-data; boundary=")
	twice = append(bytes.TrimSuffix(twice, []byte("--\r\n")), append([]byte("\r\n"), twice[len(boundary)+4:]...)...)
	tests := []struct {
		name                     string
		part, filename, partKind string
		kind                     string
		body                     []byte
		status                   int
	}{
		{"as it should be", "file", "x.pem", "application/octet-stream", "", nil, 200},
		{"another name", "data", "x.pem", "application/octet-stream", "", nil, 400},
		{"no filename", "file", "", "application/octet-stream", "", nil, 400},
		{"another type", "file", "x.pem", "text/plain", "", nil, 400},
		{"two parts", "", "", "", kind, twice, 400},
		{"not multipart", "", "", "", "application/octet-stream", []byte(pemText("A")), 400},
		{"a broken body", "", "", "", kind, []byte("hello"), 400},
		{"no boundary", "", "", "", "multipart/form-data", []byte("hello"), 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t, preset(t, "7.4.500"))
			body, contentType := form(test.part, test.filename, test.partKind, pemText("A"))
			if test.body != nil {
				body, contentType = bytes.NewReader(test.body), test.kind
			}
			r := s.do("PUT", addPath, body, func(r *http.Request) { r.Header.Set("Content-Type", contentType) })
			assert.Equal(t, test.status, r.status, r.body)
			assert.Equal(t, test.status == 200, s.device.SaveNeeded())
		})
	}
}

func TestExpectIsRefused(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	body, kind := form("file", "x.pem", "application/octet-stream", pemText("A"))
	r := s.do("PUT", addPath, body, func(r *http.Request) {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Expect", "100-continue")
	})
	assert.Equal(t, 417, r.status)
	assert.False(t, s.device.SaveNeeded())
}

func TestTrustedRoots(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	there := s.device.Running().Roots[1]
	assert.Equal(t, pemText("Contoso Enterprise Root CA", "ITSP Example Root CA"), s.get(storePath).body)

	assert.Equal(t, 200, s.put(addPath, "subject=A\r\n"+strings.ReplaceAll(pemText("A"), "\n", "\r\n")).status)
	assert.Equal(t, there, s.device.Running().Roots[1][:2])
	assert.Len(t, s.device.Running().Roots[1], 3)

	for _, bad := range []string{"", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		strings.Replace(pemText("B"), "CERTIFICATE", "PUBLIC KEY", 2), pemText("B") + "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n"} {
		assert.Equal(t, 400, s.put(addPath, bad).status, bad)
		assert.Equal(t, 400, s.put(storePath, bad).status, bad)
	}
	assert.Len(t, s.device.Running().Roots[1], 3)

	assert.Equal(t, 200, s.put(storePath, pemText("B", "C")).status)
	assert.Equal(t, pemText("B", "C"), s.get(storePath).body)
	assert.Empty(t, s.device.Running().Roots[0], "other contexts stay")
}

func TestRootLimit(t *testing.T) {
	model := preset(t, "7.0")
	model.RootLimit = 3
	s := start(t, model)
	assert.Equal(t, 200, s.put(addPath, pemText("A")).status)
	assert.Equal(t, 400, s.put(addPath, pemText("B")).status)
	assert.Equal(t, 400, s.put(storePath, pemText("A", "B", "C", "D")).status)
	assert.Len(t, s.device.Running().Roots[1], 3)
}

func TestCertificates(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	assert.Contains(t, s.get("files/tls/0/certificate").body, "BEGIN CERTIFICATE")
	assert.Contains(t, s.get("files/tls/1/certificate").body, "BEGIN CERTIFICATE")
	assert.Equal(t, map[string]any{"size": 2048.0, "valid": true}, s.get("files/tls/1/privateKey").json(t))
	assert.Len(t, s.server.Fingerprint(), 64)
	other := start(t, preset(t, "7.4.500"))
	assert.NotEqual(t, s.server.Fingerprint(), other.server.Fingerprint())
}

func TestAlarms(t *testing.T) {
	model := preset(t, "7.4.500")
	model.Alarms = nil
	for _, id := range []string{"11", "12", "13"} {
		model.Alarms = append(model.Alarms, mockdevice.Alarm{ID: id, Description: "d" + id, Severity: "Minor", Date: time.Unix(0, 0)})
	}
	s := start(t, model)
	var seen []string
	after := ""
	for range 3 {
		page := s.get("alarms/active?limit=2" + after).json(t)
		for _, a := range page["alarms"].([]any) {
			seen = append(seen, a.(map[string]any)["id"].(string))
		}
		next := page["cursor"].(map[string]any)["after"].(string)
		if next == "-1" {
			break
		}
		after = "&after=" + next
	}
	assert.Equal(t, []string{"11", "12", "13"}, seen)
	assert.Equal(t, "Minor", s.get("alarms/active/12").json(t)["severity"])
	assert.Equal(t, 204, s.get("alarms/active?after=13").status)
	assert.Equal(t, 400, s.get("alarms/active?after=99").status)
	assert.Equal(t, 400, s.get("alarms/active?limit=x").status)
	s.device.SetAlarms(nil)
	assert.Equal(t, 204, s.get("alarms/active").status)
}

func TestCLI(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	got := s.put("files/cliScript/incremental", "show system version\nshow voip proxy sets status\nconfigure voip\n").json(t)
	assert.Contains(t, got["output"], "Software Version: 7.40A.500.357")
	assert.Contains(t, got["output"], "sip2.pstnhub.microsoft.com")
	assert.Contains(t, got["output"], "Invalid command")
	assert.False(t, s.device.SaveNeeded())
	assert.Contains(t, s.get("files/cliScript").body, `name "Teams"`)
	assert.Equal(t, 400, s.do("PUT", "files/cliScript/incremental", nil, nil).status)
}

func TestTripwires(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.get("files/ini")
	s.save()
	assert.Empty(t, s.device.Tripped())

	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	assert.Equal(t, 200, s.do("POST", "actions/reset", nil, nil).status)
	assert.False(t, s.device.SaveNeeded(), "a reset loses what was not saved")
	assert.Equal(t, 200, s.put("files/cliScript", "exit\n").status)
	assert.Equal(t, 400, s.put("files/ini", "nonsense").status)
	assert.Equal(t, 200, s.put("files/ini", teamsRow(1, "Name", `"Only"`)).status)
	assert.Equal(t, "Only", s.device.Flash().Cell("TLSContexts", 1, "Name"))
	assert.Empty(t, s.device.Flash().Cell("ProxySet", 1, "ProxyName"))
	assert.Len(t, s.device.Tripped(), 4)
}

func TestLog(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.get("status?x=1")
	s.put(addPath, pemText("A"))
	s.put(addPath, "bad")
	log := s.device.Requests()
	require.Len(t, log, 3)
	assert.Equal(t, mockdevice.Request{Number: 1, Method: "GET", Path: "/api/v1/status", Query: "x=1", Status: 200, Done: true, Unit: "5740500"}, log[0])
	assert.True(t, log[1].Write && log[1].Done && log[1].BodySize > 500)
	assert.True(t, log[2].Write && !log[2].Done && log[2].Status == 400)
	assert.Equal(t, 2, s.device.Writes())
	s.device.ResetLog()
	assert.Zero(t, s.device.Writes())
	s.get("status")
	assert.Equal(t, 4, s.device.Requests()[0].Number)
}

func TestPlainHTTP(t *testing.T) {
	device := mockdevice.New(preset(t, "7.2"))
	server, err := mockdevice.StartPlain(device)
	require.NoError(t, err)
	defer server.Close()
	response, err := http.DefaultTransport.RoundTrip(authorized(t, server.URL()+"/api/v1/status"))
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, 200, response.StatusCode)
	assert.Empty(t, server.Fingerprint())
	assert.Nil(t, server.Certificate())
	assert.Equal(t, 1, server.PeakConnections())
}

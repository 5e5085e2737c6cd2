package mockdevice_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func unfollowed(s *station) *station {
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// A restart between a save and its answer: what the client sees, and what flash holds.
func TestFaultReboot(t *testing.T) {
	for fault, want := range map[string]struct {
		broken bool
		status int
		saved  bool
	}{
		"reboot":           {true, 0, false},
		"after reboot":     {true, 0, true},
		"reboot=200":       {false, 200, false},
		"after reboot=200": {false, 200, true},
		"reboot=500":       {false, 500, false},
		"after reboot=500": {false, 500, true},
	} {
		t.Run(fault, func(t *testing.T) {
			s := startWithFault(t, "POST actions/saveConfiguration count=1 "+fault)
			s.device.Record()
			require.Equal(t, 200, s.put(addPath, pemText("A")).status)
			r, err := s.try("POST", "actions/saveConfiguration", http.NoBody, nil)
			assert.Equal(t, want.broken, err != nil, "%v", err)
			assert.Equal(t, want.status, r.status)
			assert.Equal(t, s.device.Running(), s.device.Flash())
			assert.Equal(t, want.saved, s.device.Flash().Roots[1][len(s.device.Flash().Roots[1])-1] == sha256Of("A"))
			assert.Equal(t, want.saved, s.device.Requests()[1].Done)
			history := kinds(s.device.History())
			assert.Equal(t, "restart device", history[len(history)-1])
			assert.Equal(t, want.saved, len(history) == 3 && history[1] == "save client")
			assert.Equal(t, 200, s.get("status").status)
		})
	}
}

func TestFaultShort(t *testing.T) {
	s := startWithFault(t, "GET files/tls/*/trustedRoot count=2 short")
	s.device.Record()
	short := pemText("Contoso Enterprise Root CA")
	assert.Equal(t, []string{short, short, short + pemText("ITSP Example Root CA")}, s.reads(storePath, 3))
	h := s.device.History()
	assert.Len(t, h[1].Shown.Roots(1), 1)
	assert.Len(t, h[1].RAM.Roots(1), 2)
	assert.Equal(t, h[3].RAM, h[3].Shown)

	s = startWithFault(t, "GET files/tls/1/trustedRoot short=9")
	assert.Empty(t, s.get(storePath).body)
	s = startWithFault(t, "* * short")
	assert.Equal(t, 200, s.get("status").status)
	assert.Equal(t, 200, s.put(addPath, pemText("A")).status, "other requests pass")
	assert.Len(t, s.device.Running().Roots[1], 3)
}

func TestFaultShortTable(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.device.AddFault(mockdevice.Fault{Method: "GET", Path: "files/ini", Do: mockdevice.Short, Table: "proxyip", Missing: 3, Count: 1})
	got := s.reads("files/ini", 2)
	assert.Equal(t, 1, strings.Count(got[0], "\nProxyIp "))
	assert.Equal(t, 4, strings.Count(got[1], "\nProxyIp "))
	assert.Equal(t, strings.Count(got[1], "\nProxySet "), strings.Count(got[0], "\nProxySet "), "no other table")
}

func TestFaultStale(t *testing.T) {
	s := startWithFault(t, "GET files/tls/*/trustedRoot skip=1 count=1 stale")
	before := s.get(storePath).body
	s.put(addPath, pemText("A"))
	assert.Equal(t, []string{before, before + pemText("A")}, s.reads(storePath, 2))

	s = startWithFault(t, "GET files/ini count=1 stale")
	s.device.SetCell("ProxySet", 1, "ProxyName", "Other")
	got := s.reads("files/ini", 2)
	assert.NotContains(t, got[0], `"Other"`)
	assert.Contains(t, got[1], `"Other"`)

	s = startWithFault(t, "GET status stale")
	assert.Equal(t, false, s.flag())
	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	assert.Equal(t, false, s.flag())
	s.save()
	assert.Equal(t, true, s.flag())
}

func TestFaultCostRoot(t *testing.T) {
	for fault, status := range map[string]int{"cost-root": 409, "cost-root=400": 400} {
		s := startWithFault(t, "PUT files/tls/*/trustedRoot/incremental count=1 "+fault)
		s.device.Record()
		assert.Equal(t, status, s.put(addPath, pemText("A")).status)
		assert.Equal(t, pemText("ITSP Example Root CA"), s.get(storePath).body)
		assert.Equal(t, []string{"change device", "read client"}, kinds(s.device.History()))
	}
	s := startWithFault(t, "POST actions/* cost-root")
	before := s.device.Running()
	assert.Equal(t, 409, s.save().status)
	assert.Equal(t, before, s.device.Running(), "nothing to lose but roots of a store")
}

func TestFaultDefer(t *testing.T) {
	s, moved := startWithClock(t)
	fault, err := mockdevice.ParseFault("PUT * count=1 defer=40s")
	require.NoError(t, err)
	s.device.AddFault(fault)
	s.device.Record()
	assert.Equal(t, 200, s.put(addPath, pemText("A")).status)
	assert.Equal(t, 200, s.save().status)
	moved.advance(40 * time.Second)
	assert.Len(t, s.device.Running().Roots[1], 3)
	assert.Len(t, s.device.Flash().Roots[1], 2)
	assert.Equal(t, []string{"save client", "change client"}, kinds(s.device.History()))
}

// Statuses that are no part of the documented interface.
func TestFaultStatuses(t *testing.T) {
	for _, status := range []int{405, 408, 423, 425, 429, 500, 501} {
		s := startWithFault(t, fmt.Sprintf("* * status=%d", status))
		r := s.get(storePath)
		assert.Equal(t, status, r.status)
		assert.NotEmpty(t, r.json(t)["description"])
		assert.Equal(t, status, s.put(addPath, pemText("A")).status)
		assert.Len(t, s.device.Running().Roots[1], 2)
	}
	s := unfollowed(startWithFault(t, "* * status=304"))
	r := s.get(storePath)
	assert.Equal(t, 304, r.status)
	assert.Empty(t, r.body)
	assert.Empty(t, r.header.Get("Location"))
}

func TestFaultRedirects(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := unfollowed(start(t, preset(t, "7.4.500")))
		s.device.AddFault(mockdevice.Fault{Do: mockdevice.Status, Status: status, Count: 1})
		r := s.get(storePath)
		assert.Equal(t, status, r.status)
		assert.Equal(t, "/api/v1/status", r.header.Get("Location"))
	}
	s := unfollowed(start(t, preset(t, "7.4.500")))
	s.device.AddFault(mockdevice.Fault{Do: mockdevice.Status, Status: 307, Location: "https://elsewhere.example/", When: mockdevice.After})
	r := s.put(addPath, pemText("A"))
	assert.Equal(t, "https://elsewhere.example/", r.header.Get("Location"))
	assert.Len(t, s.device.Running().Roots[1], 3, "after the work")
}

func TestFaultPartialContent(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	whole := s.get(storePath).body
	s.device.AddFault(mockdevice.Fault{Do: mockdevice.Status, Status: 206})
	r := s.get(storePath)
	assert.Equal(t, 206, r.status)
	assert.Equal(t, whole[:len(whole)/2], r.body)
	assert.NotEmpty(t, r.header.Get("Content-Range"))
	assert.Equal(t, 206, s.put(addPath, pemText("A")).status)
	assert.Len(t, s.device.Running().Roots[1], 2, "before the work")
	s.device.ClearFaults()
	s.device.AddFault(mockdevice.Fault{Do: mockdevice.Status, Status: 206, When: mockdevice.After})
	assert.Equal(t, 206, s.put(addPath, pemText("A")).status)
	assert.Len(t, s.device.Running().Roots[1], 3, "once")
}

func TestFaultEcho(t *testing.T) {
	s := startWithFault(t, "GET status echo")
	s.pass = "Admin"
	r := s.get("status")
	assert.Equal(t, 500, r.status)
	text := r.json(t)["description"]
	assert.Contains(t, text, "password Admin")
	assert.Contains(t, text, "Basic "+base64.StdEncoding.EncodeToString([]byte("Admin:Admin")))
	s = startWithFault(t, "GET status echo=400")
	assert.Equal(t, 400, s.get("status").status)
}

func TestParseFaultsAroundWrites(t *testing.T) {
	for text, want := range map[string]mockdevice.Fault{
		"GET x short":           {Method: "GET", Path: "x", Do: mockdevice.Short},
		"GET x short=2 count=3": {Method: "GET", Path: "x", Do: mockdevice.Short, Missing: 2, Count: 3},
		"GET x stale":           {Method: "GET", Path: "x", Do: mockdevice.Stale},
		"PUT x cost-root=400":   {Method: "PUT", Path: "x", Do: mockdevice.CostRoot, Status: 400},
		"PUT x defer=40s":       {Method: "PUT", Path: "x", Do: mockdevice.Defer, Delay: 40 * time.Second},
		"PUT x after reboot":    {Method: "PUT", Path: "x", Do: mockdevice.Reboot, When: mockdevice.After},
	} {
		got, err := mockdevice.ParseFault(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
	for _, bad := range []string{"PUT x reboot=1", "PUT x defer", "GET x short=x", "GET x stale=1", "GET x echo=600"} {
		_, err := mockdevice.ParseFault(bad)
		assert.Error(t, err, bad)
	}
}

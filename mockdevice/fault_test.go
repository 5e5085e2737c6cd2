package mockdevice_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

func startWithFault(t *testing.T, text string) *station {
	t.Helper()
	fault, err := mockdevice.ParseFault(text)
	require.NoError(t, err)
	s := start(t, preset(t, "7.4.500"))
	s.device.AddFault(fault)
	return s
}

// Each fault on the import of one root: what the client sees, and whether the
// device did it.
func TestFaults(t *testing.T) {
	tests := []struct {
		fault  string
		broken bool
		status int
		body   string
		done   bool
	}{
		{"drop", true, 0, "", false},
		{"after drop", true, 0, "", true},
		{"status=503", false, 503, "Service Unavailable", false},
		{"after status=500", false, 500, "Internal", true},
		{"truncate", true, 200, `{"desc`, true},
		{"truncate shorter", false, 200, `{"desc`, true},
		{"html", false, 200, "<form", false},
		{"after html", false, 200, "<form", true},
		{"garbage", false, 200, "", false},
		{"after garbage", false, 200, "", true},
		{"delay=1ms", false, 200, "successfully", true},
		{"after delay=1ms", false, 200, "successfully", true},
		{"ignore", false, 200, "successfully", false},
		{"late=0", true, 0, "", true},
	}
	for _, test := range tests {
		t.Run(test.fault, func(t *testing.T) {
			s := startWithFault(t, "PUT files/tls/*/trustedRoot/incremental count=1 "+test.fault)
			r, err := s.tryPut(addPath, pemText("A"))
			assert.Equal(t, test.broken, err != nil, "%v", err)
			assert.Equal(t, test.status, r.status)
			assert.Contains(t, r.body, test.body)
			assert.Equal(t, test.done, len(s.device.Running().Roots[1]) == 3)
			entry := s.device.Requests()[0]
			assert.Equal(t, test.done, entry.Done)
			assert.Equal(t, test.status, entry.Status)
			assert.Contains(t, test.fault, entry.Fault)
			assert.Equal(t, 200, s.get("status").status)
			assert.Equal(t, 200, s.put(addPath, pemText("B")).status, "count=1 is used up")
		})
	}
}

func TestFaultSkipAndCount(t *testing.T) {
	s := startWithFault(t, "get /status skip=1 count=2 status=500")
	var got []int
	for range 5 {
		got = append(got, s.get("status").status)
		assert.NotEqual(t, 500, s.get("files/tls").status)
	}
	assert.Equal(t, []int{200, 500, 500, 200, 200}, got)

	s.device.AddFault(mockdevice.Fault{Do: mockdevice.Status})
	assert.Equal(t, 503, s.get("files/tls").status, "any method, any path, for ever")
	assert.Equal(t, 503, s.put(addPath, pemText("A")).status)
	s.device.ClearFaults()
	assert.Equal(t, 200, s.get("files/tls").status)
}

func TestFaultLate(t *testing.T) {
	s := startWithFault(t, "PUT * count=1 late=2")
	_, err := s.tryPut(addPath, pemText("A"))
	assert.Error(t, err)
	assert.NotContains(t, s.get(storePath).body, pemText("A"), "not yet")
	assert.Contains(t, s.get(storePath).body, pemText("A"), "done as the second request arrives")
	assert.True(t, s.device.Requests()[0].Done)
}

func TestFaultLateIsLostByReboot(t *testing.T) {
	s := startWithFault(t, "PUT * count=1 late=2")
	_, err := s.tryPut(addPath, pemText("A"))
	assert.Error(t, err)
	s.device.Reboot()
	s.get("status")
	s.get("status")
	assert.False(t, s.device.SaveNeeded())
}

func TestFaultHang(t *testing.T) {
	s := startWithFault(t, "GET status count=1 hang")
	ctx, cancel := context.WithCancel(t.Context())
	s.device.OnRequest(func(int, *http.Request) { cancel() })
	_, err := s.try("GET", "status", nil, func(r *http.Request) { *r = *r.WithContext(ctx) })
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 200, s.get("status").status)
}

func TestFaultHangEndsWithTheServer(t *testing.T) {
	s := startWithFault(t, "GET status hang")
	arrived := make(chan struct{})
	s.device.OnRequest(func(int, *http.Request) { close(arrived) })
	failed := make(chan error)
	go func() {
		_, err := s.try("GET", "status", nil, nil)
		failed <- err
	}()
	<-arrived
	s.server.Close()
	select {
	case err := <-failed:
		assert.Error(t, err)
	case <-time.After(30 * time.Second):
		t.Fatal("still hanging")
	}
}

func TestFaultIgnoredSave(t *testing.T) {
	s := startWithFault(t, "POST actions/* count=1 ignore")
	s.device.AddRoot(1, mockdevice.SelfMadeRoot("A"))
	assert.Equal(t, 200, s.save().status)
	assert.True(t, s.device.SaveNeeded())
	assert.NotEqual(t, s.device.Running(), s.device.Flash())
}

func TestFaultsAfterAuthentication(t *testing.T) {
	s := startWithFault(t, "* * count=1 status=500")
	s.user = ""
	assert.Equal(t, 401, s.get("status").status)
	s.user = "Admin"
	assert.Equal(t, 500, s.get("status").status)
}

func TestDamage(t *testing.T) {
	load := teamsRow(1, "Name", `"Teams"`, "TLSVersion", "12", "UseDefaultCABundle", "1")
	t.Run("another cell", func(t *testing.T) {
		s := startWithFault(t, "PUT files/ini/incremental damage-cell")
		assert.Equal(t, 200, s.put(loadPath, load).status)
		got := s.device.Running()
		assert.Equal(t, "1", got.Cell("TLSContexts", 1, "UseDefaultCABundle"))
		assert.Equal(t, "2049", got.Cell("TLSContexts", 0, "DHKeySize"))
	})
	t.Run("another row", func(t *testing.T) {
		s := startWithFault(t, "PUT files/ini/incremental damage-row")
		assert.Equal(t, 200, s.put(loadPath, load).status)
		got := s.device.Running()
		assert.Equal(t, "1", got.Cell("TLSContexts", 1, "UseDefaultCABundle"))
		assert.Empty(t, got.Cell("TLSContexts", 0, "Name"))
	})
	t.Run("a chosen cell", func(t *testing.T) {
		s := start(t, preset(t, "7.4.500"))
		s.device.AddFault(mockdevice.Fault{Do: mockdevice.DamageOtherCell, Table: "ProxySet", Row: 1, Column: "TLSContextName", Value: "default"})
		assert.Equal(t, 200, s.put(loadPath, load).status)
		assert.Equal(t, "default", s.device.Running().Cell("ProxySet", 1, "TLSContextName"))
	})
	t.Run("not after a refused load", func(t *testing.T) {
		s := startWithFault(t, "PUT files/ini/incremental damage-row")
		before := s.device.Running()
		assert.Equal(t, 400, s.put(loadPath, teamsRow(1, "Nope", "1")).status)
		assert.Equal(t, before, s.device.Running())
	})
}

func TestParseFault(t *testing.T) {
	got, err := mockdevice.ParseFault("PUT files/tls/*/trustedRoot/incremental skip=1 count=2 after drop")
	require.NoError(t, err)
	assert.Equal(t, mockdevice.Fault{
		Method: "PUT", Path: "files/tls/*/trustedRoot/incremental", Skip: 1, Count: 2, When: mockdevice.After, Do: mockdevice.Drop,
	}, got)
	for _, bad := range []string{
		"", "PUT x", "PUT x after", "PUT x nope", "PUT x drop hang", "PUT x status", "PUT x status=1", "PUT x delay", "PUT x late",
		"PUT x drop=1", "PUT x skip=-1 drop", "PUT [ drop",
	} {
		_, err := mockdevice.ParseFault(bad)
		assert.Error(t, err, bad)
	}
}

func TestFaultPatternsStayInTheirSegment(t *testing.T) {
	s := startWithFault(t, "GET files/* status=500")
	assert.Equal(t, 500, s.get("files/ini").status)
	assert.Equal(t, 200, s.get("files/tls/1/certificate").status)
}

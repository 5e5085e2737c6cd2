package mockdevice_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// depot is a fleet on a port and stations to talk to its devices.
type depot struct {
	t      *testing.T
	fleet  *mockdevice.Fleet
	server *mockdevice.FleetServer
}

func startFleet(t *testing.T, model mockdevice.FleetModel) *depot {
	t.Helper()
	fleet, err := mockdevice.NewFleet(model)
	require.NoError(t, err)
	server, err := mockdevice.StartFleet(fleet)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	return &depot{t: t, fleet: fleet, server: server}
}

// get asks a device on a connection of its own.
func (d *depot) get(index int, path string) (reply, error) {
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, VerifyConnection: pinned(d.server.Server)},
		DisableKeepAlives: true,
	}
	request, err := http.NewRequest("GET", d.server.URL(index)+"/api/v1/"+path, nil)
	require.NoError(d.t, err)
	request.SetBasicAuth("Admin", "Admin")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return reply{status: response.StatusCode, body: string(body)}, err
}

func (d *depot) device(index int) *mockdevice.Device {
	device, err := d.fleet.Device(index)
	require.NoError(d.t, err)
	return device
}

func TestTheAddressSelectsTheDevice(t *testing.T) {
	d := startFleet(t, mockdevice.FleetModel{Size: 70_000, Seed: 1})
	for index, host := range map[int]string{
		0: "127.0.0.1", 249: "127.0.0.250", 250: "127.0.1.1", 9_999: "127.0.39.250", 62_500: "127.1.0.1", 69_999: "127.1.29.250",
	} {
		at, err := url.Parse(d.server.URL(index))
		require.NoError(t, err)
		assert.Equal(t, host, at.Hostname())
		r, err := d.get(index, "status")
		require.NoError(t, err)
		assert.Equal(t, d.fleet.Member(index).Serial, r.json(t)["serialNumber"])
	}
	assert.Equal(t, mockdevice.Counts{Requests: 6, Rounds: 6, Handshakes: 6}, d.fleet.Counts())
	each := d.fleet.EachCounts()
	assert.Len(t, each, 6)
	assert.Equal(t, mockdevice.Counts{Requests: 1, Rounds: 1, Handshakes: 1}, each["sbc-00250"])
	_, err := d.get(70_000, "status")
	require.Error(t, err, "there is no such device")
	d.fleet.Reset()
	assert.Zero(t, d.fleet.Counts())
}

func TestNamesLeadBackToDevices(t *testing.T) {
	fleet, err := mockdevice.NewFleet(mockdevice.FleetModel{Size: 100_001})
	require.NoError(t, err)
	for _, index := range []int{0, 9, 99_999, 100_000} {
		assert.Equal(t, index, fleet.Named(fleet.Member(index).Name))
	}
	for _, name := range []string{"", "sbc-1", "sbc-00000", "sbc-100002", "other", "sbc-00001x"} {
		assert.Equal(t, -1, fleet.Named(name), name)
	}
}

func TestAMixHasEveryKind(t *testing.T) {
	fleet, err := mockdevice.NewFleet(mockdevice.FleetModel{Size: 400, Seed: 7})
	require.NoError(t, err)
	larger, err := mockdevice.NewFleet(mockdevice.FleetModel{Size: 4000, Seed: 7})
	require.NoError(t, err)
	seen := map[string]int{}
	for i := range fleet.Len() {
		member := fleet.Member(i)
		assert.Equal(t, member, larger.Member(i), "the size has no influence")
		assert.Equal(t, i < 2, member.Canary)
		if member.Canary {
			assert.Equal(t, "ready", member.Kind)
		}
		seen[member.Kind]++
		seen[member.Preset]++
	}
	for _, name := range append(mockdevice.KindNames(), mockdevice.PresetNames()...) {
		assert.Positive(t, seen[name], name)
	}
	assert.InDelta(t, 240, seen["ready"], 50)
}

func TestKinds(t *testing.T) {
	tests := map[string]struct {
		preset, table string
		index         int
		column, value string
	}{
		"ready":          {"7.4.500", "TLSContexts", 1, "UseDefaultCABundle", "0"},
		"compliant":      {"7.6", "TLSContexts", 1, "UseDefaultCABundle", "1"},
		"bundle-on":      {"7.4.500", "TLSContexts", 1, "UseDefaultCABundle", "1"},
		"non-mtls":       {"7.0", "SIPInterface", 1, "TLSMutualAuthentication", "0"},
		"shared-context": {"7.2", "SIPInterface", 0, "TLSContext", "Teams"},
		"dangling":       {"7.4-early", "ProxySet", 1, "TLSContextName", "Gone"},
		"unsaved":        {"7.4.604", "TLSContexts", 1, "UseDefaultCABundle", "0"},
	}
	for _, name := range mockdevice.KindNames() {
		t.Run(name, func(t *testing.T) {
			want, known := tests[name]
			require.True(t, known)
			d := startFleet(t, mockdevice.FleetModel{Size: 1, Uniform: want.preset + "/" + name})
			device := d.device(0)
			assert.Equal(t, want.value, device.Running().Cell(want.table, want.index, want.column))
			assert.Equal(t, name == "unsaved", device.SaveNeeded())
			assert.Equal(t, name != "unsaved", assert.ObjectsAreEqual(device.Running(), device.Flash()))
		})
	}
}

// A fleet keeps texts of what its devices share: a download must be the same as
// without.
func TestAFleetsDeviceIsLikeASingleOne(t *testing.T) {
	d := startFleet(t, mockdevice.FleetModel{Size: 2, Uniform: "7.4.500", INISize: 60 << 10})
	model := preset(t, "7.4.500")
	require.NoError(t, model.PadINI(60<<10))
	model.Serial, model.Address = d.fleet.Member(1).Serial, "10.0.0.2"
	single := start(t, model)
	compare := func(load string) {
		if load != "" {
			single.device.SetCell("TLSContexts", 1, "DHKeySize", load)
			d.device(1).SetCell("TLSContexts", 1, "DHKeySize", load)
			single.device.SetParam("EnableSyslog", load)
			d.device(1).SetParam("EnableSyslog", load)
		}
		r, err := d.get(1, "files/ini")
		require.NoError(t, err)
		assert.Equal(t, single.get("files/ini").body, r.body)
		assert.Equal(t, single.device.Running().Configuration, d.device(1).Running().Configuration)
	}
	compare("")
	compare("3072")
	compare("4096")
	r, err := d.get(0, "files/ini")
	require.NoError(t, err)
	assert.Contains(t, r.body, "2560, 0, 0, 2048;", "the other device has not changed")
}

func TestPadding(t *testing.T) {
	for _, name := range mockdevice.PresetNames() {
		model := preset(t, name)
		require.NoError(t, model.PadINI(60<<10))
		s := start(t, model)
		ini := s.get("files/ini").body
		assert.InDelta(t, 60<<10, len(ini), 700, name)
		assert.GreaterOrEqual(t, len(ini), 60<<10, name)
		read, err := mockdevice.FromINI([]byte(ini))
		require.NoError(t, err)
		assert.Equal(t, s.device.Running().Configuration, mockdevice.New(read).Running().Configuration, name)
	}
	bare := mockdevice.Model{}
	require.Error(t, bare.PadINI(1000))
}

func TestAfflictions(t *testing.T) {
	d := startFleet(t, mockdevice.FleetModel{Size: 9, Seed: 3, Slow: 2, Dead: 3, Hang: 2, SlowLatency: 50 * time.Millisecond})
	seen := map[mockdevice.Affliction]int{}
	var hanging sync.WaitGroup
	for i := range d.fleet.Len() {
		member := d.fleet.Member(i)
		seen[member.Affliction]++
		begun := time.Now()
		switch member.Affliction {
		case mockdevice.Dead:
			_, err := d.get(i, "status")
			require.Error(t, err)
		case mockdevice.Hanging:
			hanging.Go(func() {
				_, err := d.get(i, "status")
				assert.Error(t, err, "it ends with the server")
			})
		default:
			_, err := d.get(i, "status")
			require.NoError(t, err)
			if member.Affliction == mockdevice.Slow {
				assert.GreaterOrEqual(t, time.Since(begun), 50*time.Millisecond)
			}
		}
	}
	assert.Equal(t, map[mockdevice.Affliction]int{"": 2, "slow": 2, "dead": 3, "hang": 2}, seen)
	d.server.Close()
	hanging.Wait()
}

func TestWrongFleets(t *testing.T) {
	for name, model := range map[string]mockdevice.FleetModel{
		"empty":             {},
		"too large":         {Size: 20_000_000},
		"unknown preset":    {Size: 1, Uniform: "8.0"},
		"unknown kind":      {Size: 1, Uniform: "7.6/nope"},
		"impossible":        {Size: 1, Uniform: "7.0/compliant"},
		"too many ill":      {Size: 10, Dead: 9},
		"negative":          {Size: 10, Slow: -1},
		"canaries are well": {Size: 1, Hang: 1},
	} {
		_, err := mockdevice.NewFleet(model)
		require.Error(t, err, name)
	}
}

func TestFaultsOfAFleetStayAfterAReset(t *testing.T) {
	d := startFleet(t, mockdevice.FleetModel{Size: 3})
	d.device(1)
	d.fleet.AddFault(1, mockdevice.Fault{Path: "status", Do: mockdevice.Status, Status: 503})
	for range 2 {
		for i, want := range []int{200, 503, 200} {
			r, err := d.get(i, "status")
			require.NoError(t, err)
			assert.Equal(t, want, r.status)
		}
		d.fleet.Reset()
	}
}

func TestAFleetReboots(t *testing.T) {
	d := startFleet(t, mockdevice.FleetModel{Size: 3, Uniform: "7.6/unsaved"})
	require.True(t, d.device(2).SaveNeeded())
	d.fleet.Reboot()
	assert.False(t, d.device(2).SaveNeeded())
	assert.True(t, d.device(1).SaveNeeded(), "made after the reboot")
}

func TestInventory(t *testing.T) {
	d := startFleet(t, mockdevice.FleetModel{Size: 3, Uniform: "7.4.500", Dead: 1})
	lines := strings.Split(string(d.server.Inventory()), "\n")
	assert.Equal(t, []string{
		"defaults:", `  username: "Admin"`, `  pin: "` + d.server.Fingerprint() + `"`, "devices:",
		"  - name: sbc-00001", "    url: " + d.server.URL(0), `    tags: ["7.4.500", "ready", "canary"]`,
		"  - name: sbc-00002", "    url: " + d.server.URL(1), `    tags: ["7.4.500", "ready", "canary"]`,
		"  - name: sbc-00003", "    url: " + d.server.URL(2), `    tags: ["7.4.500", "ready", "dead"]`, "",
	}, lines)
}

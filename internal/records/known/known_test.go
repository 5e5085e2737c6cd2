package known_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/internal/records/store"
)

func day(n int) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Date(2026, 7, n, 3, 0, 0, 0, time.UTC)
}

// met is a device at one address: read on one day, in a run on another.
func met(url, name, serial string, read, ended int) known.Device {
	d := known.Device{
		URL: url, Addresses: []string{url}, Name: name, Serial: serial, Inventory: "/fleet.yaml",
		Read: day(read), Ended: day(ended), Result: "error",
	}
	if read > 0 {
		d.Verdict = "of " + url
	}
	return d
}

func TestADeviceThatMovedIsOneDevice(t *testing.T) {
	t.Parallel()
	typed := met("https://c", "c", "1", 1, 1)
	typed.Inventory = ""
	elsewhere := met("https://b", "ams-1", "2", 2, 2)
	elsewhere.Inventory = "/other.yaml"
	macOnly := func(url string, read int) known.Device {
		d := met(url, url, "", read, read)
		d.MAC = "00908f000001"
		return d
	}
	for name, test := range map[string]struct {
		met    []known.Device
		listed map[string]string // name to address; nil lists all
		want   map[string]string // verdict by present address
	}{
		"by its serial number":             {[]known.Device{met("https://a", "old", "1", 1, 1), met("https://b", "new", "1", 2, 2)}, map[string]string{}, map[string]string{"https://b": "of https://b"}},
		"by its MAC address":               {[]known.Device{macOnly("https://a", 1), macOnly("https://b", 2)}, map[string]string{}, map[string]string{"https://b": "of https://b"}},
		"by its name in an inventory":      {[]known.Device{met("https://a", "ams-1", "1", 1, 1), met("https://b", "ams-1", "", 0, 2)}, map[string]string{}, map[string]string{"https://b": "of https://a"}},
		"renewed, too":                     {[]known.Device{met("https://a", "ams-1", "1", 1, 1), met("https://b", "ams-1", "2", 2, 2)}, map[string]string{}, map[string]string{"https://b": "of https://b"}},
		"its old address is tried again":   {[]known.Device{met("https://a", "ams-1", "1", 1, 3), met("https://b", "ams-1", "1", 2, 2)}, map[string]string{}, map[string]string{"https://b": "of https://b"}},
		"the inventory says where it is":   {[]known.Device{met("https://a", "ams-1", "1", 1, 1), met("https://b", "ams-1", "1", 2, 2)}, map[string]string{"ams-1": "https://a"}, map[string]string{"https://a": "of https://b"}},
		"once typed, then in an inventory": {[]known.Device{typed, met("https://b", "ams-1", "1", 2, 2)}, map[string]string{}, map[string]string{"https://b": "of https://b"}},
		"two of one name":                  {[]known.Device{met("https://a", "ams-1", "1", 1, 1), elsewhere}, map[string]string{}, map[string]string{"https://a": "of https://a", "https://b": "of https://b"}},
		"two that inventories have":        {[]known.Device{met("https://a", "ams-1", "1", 1, 1), met("https://b", "ams-2", "1", 2, 2)}, map[string]string{"ams-1": "https://a", "ams-2": "https://b"}, map[string]string{"https://a": "of https://a", "https://b": "of https://b"}},
		"all are listed":                   {[]known.Device{met("https://a", "ams-1", "1", 1, 1), met("https://b", "ams-2", "1", 2, 2)}, nil, map[string]string{"https://b": "of https://b"}},
		"two changed places":               {[]known.Device{met("https://a", "ams-2", "2", 3, 3), met("https://b", "ams-1", "1", 3, 3)}, map[string]string{}, map[string]string{"https://a": "of https://a", "https://b": "of https://b"}},
		"unknown units are not the same":   {[]known.Device{met("https://a", "a", "", 1, 1), met("https://b", "b", "", 1, 1)}, map[string]string{}, map[string]string{"https://a": "of https://a", "https://b": "of https://b"}},
	} {
		var listed *known.Listed
		if test.listed != nil {
			listed = known.NewListed()
		}
		for name, url := range test.listed {
			listed.Add(name, url)
		}
		listed.Mark(test.met)
		got := map[string]string{}
		addresses := 0
		for _, d := range known.Merge(test.met) {
			got[d.URL] = d.Verdict
			addresses += len(d.Addresses)
			assert.Equal(t, d.URL, d.Addresses[0], name)
		}
		assert.Equal(t, test.want, got, name)
		assert.Equal(t, len(test.met), addresses, name)
	}
}

func TestTheNewerReadingAndTheNewerResultCount(t *testing.T) {
	t.Parallel()
	read := store.Device{Run: "first", Target: "ams-1", Serial: "1", Known: "change", KnownAt: day(1), State: store.DeviceDone, Ended: day(1)}
	dead := store.Device{Run: "second", Target: "ams-1", Verdict: "error", State: store.DeviceDone, Ended: day(2)}
	d := known.Of(store.Latest{URL: "https://a", Ended: &dead, Read: &read})
	assert.Equal(t, "change", d.Verdict)
	assert.Equal(t, "first", d.ReadRun)
	assert.Equal(t, day(1), d.Read)
	assert.Equal(t, "error", d.Result)
	assert.Equal(t, "second", d.ResultRun)
	assert.Equal(t, "1", d.Serial)
}

func TestAMovingDeviceIsListedByItsName(t *testing.T) {
	t.Parallel()
	listed := known.NewListed()
	listed.Add("ams-1", "https://new")
	listed.Add("ams-2", "https://b")
	devices := []known.Device{met("https://old", "ams-1", "1", 1, 1), met("https://b", "ams-2", "2", 1, 1), met("https://x", "ams-2", "3", 1, 1), met("https://y", "y", "4", 1, 1)}
	listed.Mark(devices)
	assert.True(t, devices[0].Listed, "until it is met at its new address")
	assert.True(t, devices[1].Listed)
	assert.False(t, devices[2].Listed, "another one of that name")
	assert.False(t, devices[3].Listed)
}

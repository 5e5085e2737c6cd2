package mockdevice_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/mockdevice"
)

// A unit takes over with a root A that was saved and a root B that was not.
func TestSwitchOver(t *testing.T) {
	for name, test := range map[string]struct {
		holds mockdevice.UnitHolds
		ram   int // roots
		flash int
	}{
		"synchronized": {mockdevice.UnitSynchronized, 4, 3},
		"saved":        {mockdevice.UnitSaved, 3, 3},
		"behind":       {mockdevice.UnitBehind, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			s, moved := startWithClock(t)
			s.device.Record()
			s.put(addPath, pemText("A"))
			s.save()
			s.put(addPath, pemText("B"))
			moved.advance(time.Hour)
			s.device.SwitchOver(mockdevice.Unit{Serial: "42", MAC: "00908f424242", UpTime: time.Minute, Holds: test.holds})
			fields := s.get("status").json(t)
			assert.Equal(t, "42", fields["serialNumber"])
			assert.Equal(t, "00908f424242", fields["macAddress"])
			assert.Equal(t, 6000.0, fields["systemUpTime"])
			assert.Equal(t, test.ram != test.flash, fields["saveNeeded"])
			assert.Contains(t, s.get("files/ini").body, ";Serial Number: 42\r\n")
			assert.Len(t, s.device.Running().Roots[1], test.ram)
			assert.Len(t, s.device.Flash().Roots[1], test.flash)

			h := s.device.History()
			assert.Equal(t, mockdevice.EventSwitch, h[4].Kind)
			assert.Equal(t, "42", h[4].Unit)
			assert.Equal(t, "5740500", h[3].Unit)
			assert.Len(t, h[4].Changes, 4-test.ram)
			requests := s.device.Requests()
			assert.Equal(t, "5740500", requests[2].Unit)
			assert.Equal(t, "42", requests[3].Unit)
			require.Equal(t, 200, s.put(addPath, pemText("C")).status)
			assert.Len(t, s.device.Running().Roots[1], test.ram+1, "it can be written to")
		})
	}
}

// A switch-over while a request is under way: the new unit does the work.
func TestSwitchOverWithinARequest(t *testing.T) {
	s := start(t, preset(t, "7.4.500"))
	s.device.Record()
	s.device.OnRequest(func(n int, _ *http.Request) {
		if n == 2 {
			s.device.SwitchOver(mockdevice.Unit{Serial: "42", Holds: mockdevice.UnitSaved})
		}
	})
	s.put(addPath, pemText("A"))
	assert.Equal(t, 200, s.put(addPath, pemText("B")).status)
	h := s.device.History()
	assert.Equal(t, []string{"change client", "switch device", "change client"}, kinds(h))
	assert.Equal(t, []string{"5740500", "42", "42"}, []string{h[1].Unit, h[2].Unit, h[3].Unit})
	assert.NotContains(t, h[3].RAM, rootItem("A"))
}

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestBusyDevicesStopNoFleet: each of them asks for patience at its very first answer, and at its
// first write and its save. That counts as no failed login, and neither budget is touched.
func TestBusyDevicesStopNoFleet(t *testing.T) {
	t.Parallel()
	const devices = 12
	d := newDepot(t, alike(devices))
	for i := range devices {
		d.fault(i, "* * count=1 status=429 retry-after=2")
		d.fault(i, "PUT * count=1 status=429")
		d.fault(i, "POST * count=1 status=503 retry-after=1")
	}
	begun := d.apply(exitDone, "--retry-for", "1h", "--max-failures", "0", "--max-unreachable", "0")
	assert.Equal(t, devices, begun.count("applied"))
	counts := d.fleet.Counts()
	assert.Zero(t, counts.FailedLogins)
	assert.Zero(t, counts.Needless)
	assert.Equal(t, devices*4, counts.Done)
	assert.Equal(t, devices*6, counts.Writes)
}

// TestABusyDeviceIsNoStrikeForItsCredential: where the first devices of a login ask for more patience
// than there is, another one is asked, and the login is tried on one alone until it has worked.
func TestABusyDeviceIsNoStrikeForItsCredential(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(6))
	for i := range 3 {
		d.fault(i, "GET * status=429 retry-after=3600")
	}
	result := d.apply(exitFailed)
	assert.Equal(t, 3, result.count("applied"))
	for i := range 3 {
		name := d.fleet.Member(i).Name
		assert.Equal(t, "busy", result.code(name))
		assert.Equal(t, 1, d.counts(i).Requests, "it is not pressed")
	}
	assert.Zero(t, d.fleet.Counts().FailedLogins)
}

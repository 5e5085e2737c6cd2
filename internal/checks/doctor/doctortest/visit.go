// Package doctortest lets tests examine a simulated device.
package doctortest

import (
	"context"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/retry"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Now is the time of every visit.
func Now() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }

// Preset returns a model of the simulator.
func Preset(t testing.TB, name string) mockdevice.Model {
	t.Helper()
	model, err := mockdevice.Preset(name)
	require.NoError(t, err)
	return model
}

// Visit collects from a simulated device with a read-only client, and checks that it wrote nothing, failed no login and
// opened at most two connections.
func Visit(t testing.TB, model mockdevice.Model, changes ...func(*mockdevice.Device)) (doctor.Observations, error) {
	t.Helper()
	device := mockdevice.New(model)
	for _, change := range changes {
		change(device)
	}
	server, err := mockdevice.Start(device)
	require.NoError(t, err)
	t.Cleanup(server.Close)
	clock := retry.Clock{Now: time.Now, Jitter: func() float64 { return 0 },
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	client := audiocodes.New(audiocodes.Options{
		URL: server.URL(), Username: model.Username, Password: model.Password, ReadOnly: true,
		Trust: audiocodes.Trust{Pins: []string{server.Fingerprint()}}, Timeout: time.Minute, LongTimeout: time.Minute,
		Retry: retry.Policy{Clock: clock}.Do, Now: time.Now,
	})
	t.Cleanup(client.Close)
	observations, err := doctor.Collect(t.Context(), client, server.URL(), Now)
	assert.Zero(t, device.Writes())
	assert.Zero(t, device.FailedLogins())
	assert.Empty(t, device.Tripped())
	assert.LessOrEqual(t, server.PeakConnections(), 2)
	return observations, err
}

package remediate_test

import (
	"net"
	"sync/atomic"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// counting counts the connections, each of which is a handshake.
type counting struct {
	net.Listener
	accepted atomic.Int64
}

func (c *counting) Accept() (net.Conn, error) {
	connection, err := c.Listener.Accept()
	if err == nil {
		c.accepted.Add(1)
	}
	return connection, err
}

// TestAPlanNeedsOneHandshake, whatever the device answers; an apply needs one more, and one for each write.
func TestAPlanNeedsOneHandshake(t *testing.T) {
	for name, row := range map[string]struct {
		variant string
		change  func(*rig)
	}{
		"documented":           {},
		"digest":               {variant: "auth-digest"},
		"a store of many":      {change: saved(strangers(100))},
		"busy at first":        {change: func(r *rig) { r.device.AddFault(mockdevice.Fault{Count: 3, Do: mockdevice.Status, Status: 503}) }},
		"a store that is none": {variant: "empty-store-404", change: saved(func(d *mockdevice.Device) { emptied(d, 1) })},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := preset(t, "7.4.500")
			if row.variant != "" {
				variant, known := mockdevice.FindVariant(row.variant)
				require.True(t, known, row.variant)
				variant.Set(&model.Dialect)
			}
			r := newRig(t, model)
			if row.change != nil {
				row.change(r)
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			count := &counting{Listener: listener}
			server, err := mockdevice.Serve(r.device, count, true)
			require.NoError(t, err)
			t.Cleanup(server.Close)
			r.url, r.trust = server.URL(), audiocodes.Trust{Pins: []string{server.Fingerprint()}}
			plan := r.plan(remediate.Choice{})
			require.Equal(t, remediate.Change, plan.Verdict, "%+v", plan.Error)
			assert.EqualValues(t, 1, count.accepted.Load(), "for the plan")
			result := r.carryOut(t.Context(), plan, remediate.Choice{})
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.EqualValues(t, 2+r.device.Writes(), count.accepted.Load(), "to read for the apply, and for each write")
		})
	}
}

func emptied(d *mockdevice.Device, id int) {
	for _, root := range d.Running().Roots[id] {
		d.RemoveRoot(id, root)
	}
}

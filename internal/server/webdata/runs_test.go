package webdata_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// TestALineOfARunFollowsItsDevices reads only what moved, and comes to the same.
func TestALineOfARunFollowsItsDevices(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.lives = true
	d.run(store.Run{ID: "run10000", Action: "apply"}, 3)
	words := func() (all []string) {
		run, err := d.Run(t.Context(), "run10000")
		require.NoError(t, err)
		for _, row := range run.Devices {
			all = append(all, row.Word)
		}
		return all
	}
	assert.Equal(t, []string{"waiting", "waiting", "waiting"}, words())
	d.plan("run10000", 1, "", remediate.Change)
	require.NoError(t, d.store.Start(t.Context(), "run10000", 1))
	assert.Equal(t, []string{"waiting", "no_result_yet", "waiting"}, words())
	d.result("run10000", 1, remediate.Failed)
	assert.Equal(t, []string{"waiting", "failed", "waiting"}, words())
	d.lives = false
	assert.Equal(t, []string{"skipped", "failed", "skipped"}, words(), "its process died")
	d.end("run10000", store.RunStopped)
	assert.Equal(t, []string{"skipped", "failed", "skipped"}, words())
	_, err := d.Run(t.Context(), "run1")
	assert.ErrorIs(t, err, web.ErrUnknown, "a part of an ID is none")
	_, _, err = d.Report(t.Context(), "run1")
	assert.ErrorIs(t, err, web.ErrUnknown)
}

func TestARunIsShownWhole(t *testing.T) {
	t.Parallel()
	d := newTestProvider(t)
	d.run(store.Run{ID: "run1", Action: "plan", Job: "nightly-plan"}, 2)
	d.plan("run1", 1, "2", remediate.Blocked)
	d.run(store.Run{ID: "run2", Action: "apply"}, 1)
	heads, err := d.Runs(t.Context(), web.RunFilter{Action: "plan"})
	require.NoError(t, err)
	require.Len(t, heads, 1)
	assert.Equal(t, "run1", heads[0].ID)
	assert.Equal(t, "interrupted", heads[0].State, "nobody has it in hand")
	head, devices, err := d.Report(t.Context(), "run1")
	require.NoError(t, err)
	assert.Equal(t, heads[0], head)
	var names []string
	for device, err := range devices {
		require.NoError(t, err)
		names = append(names, device.Target)
	}
	assert.Equal(t, []string{"0", "1"}, names)
	shown, err := d.RunDevices(t.Context(), "run1", []int{1})
	require.NoError(t, err)
	require.Len(t, shown, 1)
	assert.Equal(t, remediate.Blocked, shown[0].Plan.Verdict)
	_, err = d.RunDevices(t.Context(), "run1", []int{2})
	assert.ErrorIs(t, err, web.ErrUnknown)
}

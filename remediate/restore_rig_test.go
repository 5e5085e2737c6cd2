package remediate_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/require"
)

// point returns the last backup as a RestorePoint.
func (r *rig) point() remediate.RestorePoint {
	r.t.Helper()
	point, err := remediate.NewRestorePoint(r.kept, r.keptSteps)
	require.NoError(r.t, err)
	return point
}

// repaired applies and returns the backup of that run.
func (r *rig) repaired(choice remediate.Choice) remediate.RestorePoint {
	r.t.Helper()
	result := r.apply(choice)
	require.Equal(r.t, remediate.Applied, result.Status, "%+v", result.Error)
	r.backedUp = -1
	r.device.ResetLog()
	return r.point()
}

func (r *rig) planRestore(point remediate.RestorePoint, terms remediate.RestoreTerms) remediate.RestorePlan {
	client := r.client(true)
	defer client.Close()
	state, err := remediate.ReadRestore(context.Background(), client, point, r.clock.Now)
	if err != nil {
		return remediate.ErrorRestorePlan(remediate.Fail(err))
	}
	terms.Earlier = r.earlier()
	return remediate.BuildRestore(state, point, terms)
}

// restore plans a restore and carries it out, as one confirmed run of the command does.
func (r *rig) restore(point remediate.RestorePoint) remediate.DeviceResult {
	plan := r.planRestore(point, remediate.RestoreTerms{})
	return r.carryOutRestore(context.Background(), point, plan, plan.Device.Serial)
}

func (r *rig) carryOutRestore(ctx context.Context, point remediate.RestorePoint, plan remediate.RestorePlan, confirmed string) remediate.DeviceResult {
	client := r.client(false)
	defer client.Close()
	executor := remediate.Executor{
		Terms: r.terms(remediate.Choice{}), Archive: r.archive, Journal: r.record,
		Retry: patience(2 * time.Minute), Settle: patience(30 * time.Second), Repeat: repeatBy(r.patience(0).Clock),
		Now: r.clock.Now, Stop: r.stop,
	}
	return executor.Restore(ctx, client, point, plan, confirmed)
}

// requireBack compares a device with what it held before; on some dialects, the device chooses the order of a store.
func requireBack(t *testing.T, want, got mockdevice.Snapshot, where string) {
	t.Helper()
	require.Equal(t, want.Configuration, got.Configuration, where)
	require.Equal(t, sorted(want.Roots), sorted(got.Roots), where)
}

func sorted(stores map[int][]string) map[int][]string {
	result := map[int][]string{}
	for id, roots := range stores {
		result[id] = append([]string{}, roots...)
		slices.Sort(result[id])
	}
	return result
}

func requireSecondRestoreWritesNothing(t *testing.T, r *rig, point remediate.RestorePoint) {
	t.Helper()
	r.device.ResetLog()
	again := r.restore(point)
	require.Equal(t, remediate.Unchanged, again.Status, "%+v", again)
	require.Zero(t, r.device.Writes())
}

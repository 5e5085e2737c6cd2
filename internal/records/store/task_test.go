package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/store"
)

func tasks(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 2)
	state := func() store.TaskState {
		task, err := s.Task(ctx, "run", 0)
		require.NoError(t, err)
		return task.State
	}
	require.ErrorIs(t, s.TakeTask(ctx, "run", 0, "read"), store.ErrNoTask, "nobody asked for it")
	for _, step := range []struct {
		what string
		do   func() error
		err  error
		then store.TaskState
	}{
		{"ordered", func() error { return s.Order(ctx, "run", 0, "read") }, nil, store.TaskOrdered},
		{"not of another kind", func() error { return s.TakeTask(ctx, "run", 0, "write") }, store.ErrNoTask, store.TaskOrdered},
		{"not finished before it is taken", func() error { return s.FinishTask(ctx, "run", 0, "read") }, store.ErrNoTask, store.TaskOrdered},
		{"refused", func() error { return s.RefuseTask(ctx, "run", 0, "read") }, nil, store.TaskRefused},
		{"taken by another", func() error { return s.TakeTask(ctx, "run", 0, "read") }, nil, store.TaskTaken},
		{"not withdrawn any more", func() error { return s.WithdrawTask(ctx, "run", 0, "read") }, store.ErrNoTask, store.TaskTaken},
		{"ordered anew", func() error { return s.Order(ctx, "run", 0, "write") }, nil, store.TaskOrdered},
		{"the late end of the first order", func() error { return s.FinishTask(ctx, "run", 0, "read") }, store.ErrNoTask, store.TaskOrdered},
		{"withdrawn", func() error { return s.WithdrawTask(ctx, "run", 0, "write") }, nil, store.TaskNone},
		{"not taken any more", func() error { return s.TakeTask(ctx, "run", 0, "write") }, store.ErrNoTask, store.TaskNone},
		{"ordered again", func() error { return s.Order(ctx, "run", 0, "write") }, nil, store.TaskOrdered},
		{"taken", func() error { return s.TakeTask(ctx, "run", 0, "write") }, nil, store.TaskTaken},
		{"done", func() error { return s.FinishTask(ctx, "run", 0, "write") }, nil, store.TaskDone},
		{"never taken after its end", func() error { return s.TakeTask(ctx, "run", 0, "write") }, store.ErrNoTask, store.TaskDone},
	} {
		require.ErrorIs(t, step.do(), step.err, step.what)
		require.Equal(t, step.then, state(), step.what)
	}
}

func tasksInHand(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "run"}, 3)
	for place := range 3 {
		require.NoError(t, s.Order(ctx, "run", place, "read"))
	}
	open, err := s.OpenTasks(ctx)
	require.NoError(t, err)
	assert.Equal(t, 3, open)
	for place, term := range []time.Duration{time.Hour, -time.Second} {
		_, err := s.Acquire(ctx, store.TaskLease("run", place), "worker", "run", term)
		require.NoError(t, err)
		require.NoError(t, s.TakeTask(ctx, "run", place, "read"))
	}
	inHand, err := s.HeldTasks(ctx, "run")
	require.NoError(t, err)
	assert.Equal(t, 1, inHand, "the second worker is dead, the third task is not taken")
	inHand, err = s.HeldTasks(ctx, "another")
	require.NoError(t, err)
	assert.Zero(t, inHand)

	require.NoError(t, s.WithdrawTasks(ctx, "another"))
	for place, left := range []store.TaskState{store.TaskTaken, store.TaskTaken, store.TaskOrdered} {
		assert.Equal(t, left, taskState(t, s, place))
	}
	require.NoError(t, s.WithdrawTasks(ctx, "run"))
	for place, left := range []store.TaskState{store.TaskTaken, store.TaskNone, store.TaskNone} {
		assert.Equal(t, left, taskState(t, s, place), "what a worker has in hand it ends")
	}
}

func taskState(t *testing.T, s *store.Store, place int) store.TaskState {
	task, err := s.Task(t.Context(), "run", place)
	require.NoError(t, err)
	return task.State
}

func regain(t *testing.T, s *store.Store) {
	ctx := t.Context()
	lease, err := s.AcquireRun(ctx, "run", "holder", -time.Second)
	require.NoError(t, err)
	require.ErrorIs(t, s.Renew(ctx, lease, time.Hour), store.ErrFenced)
	require.NoError(t, s.Regain(ctx, lease, time.Hour), "nobody had it since")
	require.NoError(t, s.Holds(ctx, lease))
	require.NoError(t, s.Release(ctx, lease))
	_, err = s.AcquireRun(ctx, "run", "another", -time.Second)
	require.NoError(t, err)
	require.ErrorIs(t, s.Regain(ctx, lease, time.Hour), store.ErrFenced, "also when the other one is gone")
}

func anApprovalIsUsedOnce(t *testing.T, s *store.Store) {
	ctx := t.Context()
	create(t, s, store.Run{ID: "plan", Action: "plan", State: store.RunWaiting}, 0)
	require.ErrorIs(t, s.UseApproval(ctx, "plan", "apply-1"), store.ErrNotApproved, "it waits")
	require.NoError(t, s.Approve(ctx, "plan", store.Approval{Name: "ann", Time: noon, Change: "CHG1"}))
	require.NoError(t, s.UseApproval(ctx, "plan", "apply-1"))
	require.NoError(t, s.UseApproval(ctx, "plan", "apply-1"), "the same run asks again")
	require.ErrorIs(t, s.UseApproval(ctx, "plan", "apply-2"), store.ErrNotApproved)
	require.ErrorIs(t, s.UseApproval(ctx, "nothing", "apply-2"), store.ErrUnknownRun)
	run, err := s.Run(ctx, "plan")
	require.NoError(t, err)
	assert.Equal(t, store.RunDone, run.State)
	assert.Equal(t, "ann", run.Approval.Name)
}

package evidence_test

import (
	"context"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestADeviceIsHeldByOneMachine: and the other gives its own lock back.
func TestADeviceIsHeldByOneMachine(t *testing.T) {
	t.Parallel()
	opened, here, there := openStore(t), machine(t), machine(t)
	held := hold(t, shared(t, here, opened, "here"), sbc)
	other := shared(t, there, opened, "there")
	_, failure := other.Hold(t.Context(), "run", sbc, 10*time.Millisecond)
	require.NotNil(t, failure)
	assert.Equal(t, remediate.CodeLocked, failure.Code)
	hold(t, there, sbc).Release()
	held.Release()
	hold(t, other, sbc).Release()
}

// TestARunWithoutTheStoreWaitsToo: one machine's runs need not have the same store.
func TestARunWithoutTheStoreWaitsToo(t *testing.T) {
	t.Parallel()
	files := machine(t)
	held := hold(t, shared(t, files, openStore(t), "this process"), sbc)
	defer held.Release()
	_, failure := files.Hold(t.Context(), "run", sbc, 10*time.Millisecond)
	require.NotNil(t, failure)
	assert.Equal(t, remediate.CodeLocked, failure.Code)
}

func TestAWishToStopEndsTheWaitForALease(t *testing.T) {
	t.Parallel()
	opened, there := openStore(t), machine(t)
	held := hold(t, shared(t, machine(t), opened, "here"), sbc)
	defer held.Release()
	ctx, stop := context.WithCancel(t.Context())
	other := shared(t, there, opened, "there")
	other.Holder.Clock.Sleep = func(ctx context.Context, _ time.Duration) error {
		stop()
		<-ctx.Done()
		return ctx.Err()
	}
	_, failure := other.Hold(ctx, "run", sbc, time.Hour)
	require.NotNil(t, failure)
	assert.Equal(t, remediate.Fail(remediate.ErrInterrupted), failure)
	hold(t, there, sbc).Release()
}

func TestAStoreThatIsAwayIsNoLease(t *testing.T) {
	t.Parallel()
	opened, files := openStore(t), machine(t)
	require.NoError(t, opened.Close())
	_, failure := shared(t, files, opened, "this process").Hold(t.Context(), "run", sbc, time.Millisecond)
	require.NotNil(t, failure)
	assert.Equal(t, remediate.CodeBackupFailed, failure.Code)
	hold(t, files, sbc).Release()
}

// TestNothingIsKeptOfADeviceThatAnotherTookOver: neither a record nor a backup.
func TestNothingIsKeptOfADeviceThatAnotherTookOver(t *testing.T) {
	t.Parallel()
	opened := openStore(t)
	kept := shared(t, machine(t), opened, "this process")
	held := hold(t, kept, sbc)
	defer held.Release()
	record, _, err := held.Journal()
	require.NoError(t, err)
	lease := store.Lease{Device: "serial-5740500", Holder: "this process", Run: "run", Epoch: 1}
	require.NoError(t, opened.Release(t.Context(), lease))

	require.ErrorIs(t, record(remediate.Record{Event: remediate.EventIntent}), remediate.ErrFenced)
	_, err = held.Archive(snapshot(), remediate.DevicePlan{})
	require.ErrorIs(t, err, remediate.ErrFenced)
	entries, err := kept.Entries(sbc)
	require.NoError(t, err)
	assert.Empty(t, entries)
	_, _, err = opened.Artifact(t.Context(), 1)
	assert.ErrorIs(t, err, store.ErrNoArtifact)
}

// TestADeviceIsOursUntilTheLeaseEnds by this machine's clock; a lock of it does not end.
func TestADeviceIsOursUntilTheLeaseEnds(t *testing.T) {
	t.Parallel()
	files := machine(t)
	locked := hold(t, files, sbc)
	assert.Nil(t, locked.StillMine())
	locked.Release()

	now := time.Now()
	kept := shared(t, files, openStore(t), "this process")
	kept.Holder.Clock.Now = func() time.Time { return now }
	kept.Holder.Clock.Sleep = func(ctx context.Context, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }
	held := hold(t, kept, sbc)
	defer held.Release()
	mine := held.StillMine()
	now = now.Add(kept.Holder.Term - time.Millisecond)
	require.NoError(t, mine())
	now = now.Add(time.Millisecond)
	assert.Equal(t, remediate.ErrFenced, mine())
}

// TestADamagedEventIsNoPast: half a journal must not pass for a whole one.
func TestADamagedEventIsNoPast(t *testing.T) {
	t.Parallel()
	opened := openStore(t)
	event := store.Event{Device: "serial-5740500", Run: "run", Time: today, Kind: "intent", Entry: []byte(`{"time":"yesterday"}`)}
	require.NoError(t, opened.Append(t.Context(), event, nil))
	_, err := evidence.Earlier(shared(t, machine(t), opened, "this process"), sbc)
	assert.ErrorContains(t, err, "read the store")
}

// TestWhatWasSentIsInTheStoreBeforeItIsSent: a process that dies then leaves all intents behind, and an answer that
// was not yet written is no reason to take a change for not made.
func TestWhatWasSentIsInTheStoreBeforeItIsSent(t *testing.T) {
	t.Parallel()
	opened := openStore(t)
	kept := shared(t, machine(t), opened, "this process")
	held := hold(t, kept, evidence.Subject{Target: "sbc", URL: "https://sbc.example.com", Serial: "5740500", MAC: "00908f000001"})
	record, closeIt, err := held.Journal()
	require.NoError(t, err)
	step := &remediate.Step{Kind: remediate.StepImportRoot, SHA256: root}
	written := func() (kinds []string) {
		events, err := opened.Events(t.Context(), "serial-5740500", "mac-00908f000001", "address-sbc.example.com")
		require.NoError(t, err)
		for _, event := range events {
			if event.Kind != "named" {
				kinds = append(kinds, event.Kind)
			}
		}
		return kinds
	}
	for _, next := range []struct {
		event   remediate.Event
		written []string
	}{
		{remediate.EventStart, nil},
		{remediate.EventBackup, []string{"start", "backup"}},
		{remediate.EventIntent, []string{"start", "backup", "intent"}},
		{remediate.EventAnswer, []string{"start", "backup", "intent"}},
		{remediate.EventSeen, []string{"start", "backup", "intent"}},
		{remediate.EventRefused, []string{"start", "backup", "intent", "answer", "seen", "refused"}},
		{remediate.EventAnswer, []string{"start", "backup", "intent", "answer", "seen", "refused"}},
		{remediate.EventAbsent, []string{"start", "backup", "intent", "answer", "seen", "refused", "answer", "absent"}},
	} {
		require.NoError(t, record(remediate.Record{Event: next.event, Step: step}))
		require.Equal(t, next.written, written(), "after %s", next.event)
	}
	save := &remediate.Step{Kind: remediate.StepSave}
	require.NoError(t, record(remediate.Record{Event: remediate.EventSeen, Step: save}))
	require.Len(t, written(), 9, "a verified save does not wait")
	require.NoError(t, record(remediate.Record{Event: remediate.EventAnswer, Step: step}))
	closeIt()
	require.Len(t, written(), 10, "nor does anything at the end of the run")
	held.Release()
}

//go:build services

package evidence_test

import (
	"os"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/records/store/storetest"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestADatabaseThatIsAwayFailsNoDevice: a worker that comes to a device while the database is away waits
// for it, also where an earlier try took the lease and its answer got lost.
func TestADatabaseThatIsAwayFailsNoDevice(t *testing.T) {
	server := storetest.Start(t, os.Getenv("ACFIX_TEST_POSTGRES_SERVER"))
	opened, err := store.Open(t.Context(), server.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	away := make(chan string, 2)
	one := shared(t, machine(t), opened, "one")
	one.Holder.Term = time.Second
	one.Patience.Warn = func(text string) { away <- text }
	names := sbc.Names()
	_, err = opened.Acquire(t.Context(), names[0], one.Holder.Name, "run", one.Holder.Term)
	require.NoError(t, err, "the answer to this one is lost")

	server.Stop(t)
	type outcome struct {
		grip    evidence.Grip
		failure *remediate.Failure
	}
	held := make(chan outcome, 1)
	go func() {
		grip, failure := one.Hold(t.Context(), "run", sbc, 0)
		held <- outcome{grip, failure}
	}()
	select {
	case text := <-away:
		assert.Contains(t, text, "the store does not answer")
	case early := <-held:
		require.Fail(t, "the outage failed the device", "%+v", early.failure)
	}
	server.Start(t)
	came := <-held
	require.Nil(t, came.failure)
	assert.NoError(t, came.grip.StillMine()())
	came.grip.Release()
}

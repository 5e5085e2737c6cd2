package remediate_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	writePaths   = []string{loadPath, importPath, savePath}
	busyStatuses = []int{408, 409, 423, 425, 429, 503}
)

// TestAWriteThatWasPutOffIsSentAgain after the time that the device asked for, once a reading shows that it did not
// happen; a write that happened all the same is not sent again.
func TestAWriteThatWasPutOffIsSentAgain(t *testing.T) {
	for _, path := range writePaths {
		for _, status := range busyStatuses {
			for when, more := range map[mockdevice.Moment]int{mockdevice.Before: 1, mockdevice.After: 0} {
				for _, after := range []string{"", "40"} {
					t.Run(fmt.Sprint(path, " ", status, " ", when, " ", after), func(t *testing.T) {
						t.Parallel()
						r := newRig(t, preset(t, "7.4.500"))
						begin := r.clock.Now()
						r.device.AddFault(mockdevice.Fault{Path: path, Count: 1, When: when, Do: mockdevice.Status, Status: status, RetryAfter: after})
						result := r.apply(remediate.Choice{})
						require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
						requireRepaired(t, r, 2, true)
						counts := r.device.Counts()
						assert.Equal(t, 4+more, counts.Writes)
						assert.Equal(t, 4, counts.Done)
						assert.Zero(t, counts.Needless)
						requireReadBetween(t, r, path)
						if after != "" && more == 1 {
							assert.GreaterOrEqual(t, r.clock.Now().Sub(begin), 40*time.Second)
						}
					})
				}
			}
		}
	}
}

// requireReadBetween: between two writes to a path, acfix read something that shows the effect.
func requireReadBetween(t *testing.T, r *rig, path string) {
	t.Helper()
	readings := 2
	for _, request := range r.device.Requests() {
		switch {
		case request.Method == http.MethodGet:
			readings++
		case strings.HasSuffix(request.Path, path):
			require.GreaterOrEqual(t, readings, 2, "a reading after the refusal, and one before the write is sent again")
			readings = 0
		}
	}
}

// TestAWriteIsNotPutOffForLongerThanThePatience: if a device asks for an hour, acfix neither asks again sooner nor
// waits.
func TestAWriteIsNotPutOffForLongerThanThePatience(t *testing.T) {
	for _, path := range writePaths {
		for _, status := range busyStatuses {
			t.Run(fmt.Sprint(path, " ", status), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, preset(t, "7.4.500"))
				flash := r.device.Flash()
				r.device.AddFault(mockdevice.Fault{Path: path, Do: mockdevice.Status, Status: status, RetryAfter: "3600"})
				plan := r.plan(remediate.Choice{})
				begin := r.clock.Now()
				result := r.carryOut(t.Context(), plan, remediate.Choice{})
				require.Equal(t, remediate.Failed, result.Status)
				assert.Equal(t, remediate.CodeBusy, result.Error.Code)
				assert.Contains(t, result.Error.Message, "it asks to wait 1h0m0s")
				assert.NotContains(t, result.Error.Message, "unknown")
				assert.Less(t, r.clock.Now().Sub(begin), 30*time.Second)
				refused := 0
				for _, request := range r.device.Requests() {
					if request.Status == status {
						refused++
					}
				}
				assert.Equal(t, 1, refused)
				assert.Equal(t, flash, r.device.Flash())
			})
		}
	}
}

// TestNothingIsSentAgainAfterAWishToStop: the operator asks to stop while acfix waits as long as the device asked
// for.
func TestNothingIsSentAgainAfterAWishToStop(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: loadPath, Do: mockdevice.Status, Status: 429, RetryAfter: "60"})
	plan := r.plan(remediate.Choice{})
	clock := r.patience(0).Clock
	sleep := clock.Sleep
	clock.Sleep = func(ctx context.Context, pause time.Duration) error {
		close(r.stop)
		return sleep(ctx, pause)
	}
	executor := remediate.Executor{
		Device: r.client(false), Terms: r.terms(remediate.Choice{}), Archive: r.archive, Journal: r.record,
		Retry: patience(time.Hour), Settle: patience(30 * time.Second), Repeat: repeatBy(clock), Now: r.clock.Now, Stop: r.stop,
	}
	result := executor.Apply(t.Context(), plan)
	assert.Equal(t, remediate.CodeInterrupted, result.Error.Code)
	assert.Equal(t, 1, r.device.Writes())
}

// TestAServerErrorInAReadIsOutlasted: wherever in an apply a reading fails, a client that has read the device before
// asks again, and sends each write once.
func TestAServerErrorInAReadIsOutlasted(t *testing.T) {
	t.Parallel()
	undisturbed := newRig(t, preset(t, "7.0"))
	plan := undisturbed.plan(remediate.Choice{})
	planned := len(undisturbed.device.Requests())
	require.Equal(t, remediate.Applied, undisturbed.carryOut(t.Context(), plan, remediate.Choice{}).Status)
	wanted, requests := undisturbed.device.Counts(), undisturbed.device.Requests()
	reads := 0
	for _, request := range requests[planned:] {
		if request.Method == http.MethodGet {
			reads++
		}
	}
	for skip := range reads {
		t.Run(fmt.Sprint("after good reads: ", skip), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.0"))
			r.again = true
			status := []int{500, 502, 504}[skip%3]
			r.device.AddFault(mockdevice.Fault{Method: http.MethodGet, Skip: planned + skip, Count: 1, Do: mockdevice.Status, Status: status})
			result := r.apply(remediate.Choice{})
			if skip == 0 {
				require.NotNil(t, result.Error)
				assert.Equal(t, remediate.CodeBadAnswer, result.Error.Code)
				assert.Zero(t, r.device.Counts().Writes)
				return
			}
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.Equal(t, undisturbed.device.Flash(), r.device.Flash())
			got := r.device.Counts()
			assert.Equal(t, wanted.Writes, got.Writes)
			assert.Equal(t, wanted.Done, got.Done)
			assert.Zero(t, got.Needless)
			assert.Len(t, r.device.Requests(), len(requests)+1)
		})
	}
}

// TestAServerErrorThatStaysEndsAsBadAnswer: patience ends, with the same error as after a single try.
func TestAServerErrorThatStaysEndsAsBadAnswer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 504} {
		r := newRig(t, preset(t, "7.0"))
		r.device.AddFault(mockdevice.Fault{Method: http.MethodGet, Skip: 1, Do: mockdevice.Status, Status: status})
		plan := r.plan(remediate.Choice{})
		require.NotNil(t, plan.Error)
		assert.Equal(t, remediate.CodeBadAnswer, plan.Error.Code)
		assert.Zero(t, r.device.Counts().Writes)
	}
}

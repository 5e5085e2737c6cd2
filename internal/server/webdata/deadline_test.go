package webdata_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// TestTheFleetShowsTheDeadlineOfItsPolicy: that of the newest run that counts, in calendar days of UTC.
func TestTheFleetShowsTheDeadlineOfItsPolicy(t *testing.T) {
	t.Parallel()
	for day, wanted := range map[string]string{
		"2027-01-01": "The policy next asks for all devices by 1 January 2027: in 38 days.",
		"2026-11-25": "The policy next asks for all devices by 25 November 2026: tomorrow.",
		"2026-11-24": "The policy next asks for all devices by 24 November 2026: today.",
		"2026-11-23": "The policy next asks for all devices by 23 November 2026: yesterday.",
		"2026-02-28": "The policy next asks for all devices by 28 February 2026: 269 days ago.",
		"":           "",
	} {
		d := newTestProvider(t)
		d.now = time.Date(2026, 11, 24, 23, 30, 0, 0, time.UTC)
		policy := remediate.PolicyReference{ID: "next", Deadline: day}
		d.run(store.Run{ID: "run1", Action: "plan", Header: d.json(runs.Header{Plan: remediate.Plan{Policy: policy}})}, 1)
		d.plan("run1", 0, "a", remediate.Compliant)
		d.end("run1", store.RunDone)
		for i, other := range []store.Run{{ID: "run2", Action: "restore"}, {ID: "run3", Action: "plan", OtherPolicy: true}} {
			d.now = d.now.Add(time.Minute * time.Duration(i+1))
			policy := remediate.PolicyReference{ID: "other", Deadline: "2031-01-01"}
			other.Header = d.json(runs.Header{Plan: remediate.Plan{Policy: policy}})
			d.run(other, 1)
			d.end(other.ID, store.RunDone)
		}
		d.Keep(t.Context())
		require.Empty(t, d.Fleet().Error)
		assert.Equal(t, wanted, d.Fleet().Deadline, day)
	}
}

package remediate_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refusal is a journal that refuses, with the number of writes that the device had received by then.
type refusal struct {
	refused bool
	writes  int
}

// refuse makes the journal refuse the record of that number, from 0, and if forGood all later ones too.
func (r *rig) refuse(number int, forGood bool, err error) *refusal {
	var seen refusal
	records := 0
	r.journalErr = func(remediate.Record) error {
		records++
		if records-1 != number && (!forGood || records-1 < number) {
			return nil
		}
		if !seen.refused {
			seen = refusal{refused: true, writes: r.device.Writes()}
		}
		return err
	}
	return &seen
}

// requireFenced: no write followed the refusal, and the result is true.
func requireFenced(t *testing.T, r *rig, seen *refusal, result remediate.DeviceResult, where string) {
	t.Helper()
	require.True(t, seen.refused, where)
	require.Equal(t, seen.writes, r.device.Writes(), "%s: a write after the refusal", where)
	if result.Status == remediate.Applied {
		require.False(t, r.device.SaveNeeded(), where)
		require.Equal(t, r.device.Running(), r.device.Flash(), where)
		return
	}
	require.Equal(t, remediate.Failed, result.Status, where)
	require.Equal(t, remediate.CodeLocked, result.Error.Code, "%s: %s", where, result.Error.Message)
	require.NotContains(t, result.Error.Hint, "in RAM", "%s: by now the other worker may have saved", where)
}

// TestNoWriteAfterTheJournalRefused refuses each record of an apply and of a restore in
// turn: that one alone, as a hiccup, or all from then on, as a fence does.
func TestNoWriteAfterTheJournalRefused(t *testing.T) {
	t.Parallel()
	for _, forGood := range []bool{false, true} {
		t.Run(fmt.Sprintf("apply, for good %v", forGood), func(t *testing.T) {
			t.Parallel()
			whole := newRig(t, preset(t, "7.4.500"))
			require.Equal(t, remediate.Applied, whole.apply(remediate.Choice{}).Status)
			for record := range whole.journal {
				r := newRig(t, preset(t, "7.4.500"))
				seen := r.refuse(record, forGood, remediate.ErrFenced)
				requireFenced(t, r, seen, r.apply(remediate.Choice{}), fmt.Sprintf("record %d", record))
			}
		})
		t.Run(fmt.Sprintf("restore, for good %v", forGood), func(t *testing.T) {
			t.Parallel()
			whole := newRig(t, preset(t, "7.4.500"))
			point := whole.repaired(remediate.Choice{})
			before := len(whole.journal)
			require.Equal(t, remediate.Applied, whole.restore(point).Status)
			for record := range len(whole.journal) - before {
				r := newRig(t, preset(t, "7.4.500"))
				point := r.repaired(remediate.Choice{})
				seen := r.refuse(record, forGood, remediate.ErrFenced)
				requireFenced(t, r, seen, r.restore(point), fmt.Sprintf("record %d", record))
			}
		})
	}
}

// TestARepetitionIsTakenDownToo: acfix repeats a write to a busy device only after the journal recorded that, too.
func TestARepetitionIsTakenDownToo(t *testing.T) {
	for _, path := range []string{loadPath, importPath, "/actions/saveConfiguration"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			r.device.AddFault(mockdevice.Fault{Path: path, Do: mockdevice.Status, Status: http.StatusConflict})
			busy, writes := false, 0
			r.journalErr = func(record remediate.Record) error {
				if record.Event == remediate.EventIntent && busy {
					writes = r.device.Writes()
					return remediate.ErrFenced
				}
				busy = record.Event == remediate.EventRefused
				return nil
			}
			result := r.apply(remediate.Choice{})
			require.Equal(t, remediate.Failed, result.Status)
			assert.Equal(t, remediate.CodeLocked, result.Error.Code, result.Error.Message)
			assert.NotZero(t, writes)
			assert.Equal(t, writes, r.device.Writes())
		})
	}
}

// TestAFencedRunClaimsNoPlan: a run that may not write does not use the plan up.
func TestAFencedRunClaimsNoPlan(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.plan(remediate.Choice{})
	executor := remediate.Executor{
		Device: r.client(false), Terms: r.terms(remediate.Choice{}), Archive: r.archive, Now: r.clock.Now,
		Journal: func(record remediate.Record) error {
			if record.Event == remediate.EventBackup {
				return remediate.ErrFenced
			}
			return nil
		},
		Claim: func() error { t.Error("the plan was claimed"); return nil },
	}
	result := executor.Apply(t.Context(), plan)
	assert.Equal(t, remediate.CodeLocked, result.Error.Code)
	assert.Zero(t, r.device.Writes())
}

// TestDamageOfAFencedRunIsNamed: acfix can't put it back any more, and says so first.
func TestDamageOfAFencedRunIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: loadPath, Count: 1, Do: mockdevice.DamageOtherCell})
	seen := r.refuse(3, true, remediate.ErrFenced) // the answer to the load
	result := r.apply(remediate.Choice{})
	require.True(t, seen.refused)
	assert.Equal(t, 1, r.device.Writes())
	assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
	assert.Contains(t, result.Error.Message, remediate.ErrFenced.Error())
	assert.Contains(t, result.Error.Hint, "Do NOT save")
}

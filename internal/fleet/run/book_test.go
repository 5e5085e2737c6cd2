package run_test

import (
	"testing"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBothBooksKeepTheSame: whether a run is kept or not, it finds what it wrote down.
func TestBothBooksKeepTheSame(t *testing.T) {
	o := newRegistryRig(t)
	record := o.begin(run.Assignment{ID: "run1", Action: run.ActionPlan})
	t.Cleanup(func() { require.NoError(t, record.Close()) })
	for name, book := range map[string]run.Book{"in a store": record.Book(), "in memory": run.NewMemoryBook(len(three))} {
		t.Run(name, func(t *testing.T) {
			wanted := planned(remediate.Change, "5740500")
			wanted.Device.MAC = "00908f000001"
			require.NoError(t, book.PutPlan(1, wanted))
			require.NoError(t, book.Start(1))
			plan, err := book.Plan(1)
			require.NoError(t, err)
			assert.Equal(t, wanted, plan)
			sights, err := book.Sights()
			require.NoError(t, err)
			assert.Equal(t, []store.Sight{
				{Position: 0}, {Position: 1, Serial: "5740500", MAC: "00908f000001", Verdict: "change"}, {Position: 2},
			}, sights)
			_, known, err := book.Result(1)
			require.NoError(t, err)
			assert.False(t, known, "nothing was done to it")
			require.NoError(t, book.PutResult(1, remediate.DeviceResult{Status: remediate.Applied}))
			result, known, err := book.Result(1)
			require.NoError(t, err)
			assert.True(t, known)
			assert.Equal(t, remediate.Applied, result.Status)
		})
	}
}

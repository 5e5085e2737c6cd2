package run_test

import (
	"testing"

	"github.com/acfix/acfix/reach"
	"github.com/acfix/acfix/remediate"
	"github.com/acfix/acfix/run"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOneDeviceAtTwoAddressesIsPlannedOnce; what is done came first, wherever it stands.
func TestOneDeviceAtTwoAddressesIsPlannedOnce(t *testing.T) {
	t.Parallel()
	one := run.New("run1", three, &reach.Dialer{}, newOffice(t).Process)
	one.Book = run.NewMemoryBook(len(three), planned(remediate.Change, "1"), planned(remediate.Change, "2"), planned(remediate.Change, "1"))
	one.Done[2] = true
	require.NoError(t, one.Survey())
	assert.Equal(t, []bool{false, true, false}, []bool{one.ToChange(0), one.ToChange(1), one.ToChange(2)})
	assert.Equal(t, 1, one.Changes())
	assert.Equal(t, 2, one.Planned())
	twin, err := one.Book.Plan(0)
	require.NoError(t, err)
	assert.Contains(t, twin.Error.Message, "serial number 1 already answered as c")
}

// TestARunWithoutAllItsPlansGoesNoFurther: what is missing must not pass for nothing to do.
func TestARunWithoutAllItsPlansGoesNoFurther(t *testing.T) {
	t.Parallel()
	one := run.New("run1", three, &reach.Dialer{}, newOffice(t).Process)
	one.Book = run.NewMemoryBook(len(three), planned(remediate.Change, "1"))
	assert.ErrorContains(t, one.Survey(), "not complete")
}

// TestWhatIsDeclinedIsSkipped, and what has no change keeps what its plan says.
func TestWhatIsDeclinedIsSkipped(t *testing.T) {
	t.Parallel()
	one := run.New("run1", three, &reach.Dialer{}, newOffice(t).Process)
	one.Book = run.NewMemoryBook(len(three), planned(remediate.Change, "1"), planned(remediate.Compliant, "2"), planned(remediate.Change, "3"))
	require.NoError(t, one.Survey())
	require.NoError(t, one.Decline())
	var statuses []remediate.Status
	for result, err := range one.Results() {
		require.NoError(t, err)
		statuses = append(statuses, result.Status)
	}
	assert.Equal(t, []remediate.Status{remediate.Skipped, remediate.Unchanged, remediate.Skipped}, statuses)
}

package run_test

import (
	"testing"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOneDeviceAtTwoAddressesIsPlannedOnce; what is done came first, wherever it stands.
func TestOneDeviceAtTwoAddressesIsPlannedOnce(t *testing.T) {
	t.Parallel()
	one := run.New("run1", three, newRegistryRig(t).Process)
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

// TestAUnitIsKnownBySerialNumberOrMACAddress: what two devices told of themselves, and what the second is
// refused for.
func TestAUnitIsKnownBySerialNumberOrMACAddress(t *testing.T) {
	t.Parallel()
	const mac, other = "00908f000001", "00908f000002"
	for name, test := range map[string]struct {
		first, second remediate.Identity
		refused       string
	}{
		"one serial number":                  {remediate.Identity{Serial: "1"}, remediate.Identity{Serial: "1"}, "serial number 1 already answered as a"},
		"one serial number, two addresses":   {remediate.Identity{Serial: "1", MAC: mac}, remediate.Identity{Serial: "1", MAC: other}, "serial number 1"},
		"one MAC address":                    {remediate.Identity{MAC: mac}, remediate.Identity{MAC: mac}, "MAC address " + mac + " already answered as a"},
		"the second tells no serial number":  {remediate.Identity{Serial: "1", MAC: mac}, remediate.Identity{MAC: mac}, "MAC address " + mac},
		"the first tells no serial number":   {remediate.Identity{MAC: mac}, remediate.Identity{Serial: "1", MAC: mac}, "MAC address " + mac},
		"two units that tell one address":    {remediate.Identity{Serial: "1", MAC: mac}, remediate.Identity{Serial: "2", MAC: mac}, ""},
		"two units":                          {remediate.Identity{Serial: "1", MAC: mac}, remediate.Identity{Serial: "2", MAC: other}, ""},
		"two that tell nothing":              {remediate.Identity{}, remediate.Identity{}, ""},
		"two that have nothing to go by yet": {remediate.Identity{Serial: "1"}, remediate.Identity{MAC: mac}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plans := []remediate.DevicePlan{planned(remediate.Change, ""), planned(remediate.Change, ""), planned(remediate.Blocked, "")}
			plans[0].Device, plans[1].Device = test.first, test.second
			one := run.New("run1", three, newRegistryRig(t).Process)
			one.Book = run.NewMemoryBook(len(three), plans...)
			require.NoError(t, one.Survey())
			assert.True(t, one.ToChange(0))
			assert.Equal(t, test.refused == "", one.ToChange(1))
			second, err := one.Book.Plan(1)
			require.NoError(t, err)
			if test.refused != "" {
				assert.Equal(t, remediate.CodeRejected, second.Error.Code)
				assert.Contains(t, second.Error.Message, test.refused)
			}
		})
	}
}

// TestARunWithoutAllItsPlansGoesNoFurther: what is missing must not pass for nothing to do.
func TestARunWithoutAllItsPlansGoesNoFurther(t *testing.T) {
	t.Parallel()
	one := run.New("run1", three, newRegistryRig(t).Process)
	one.Book = run.NewMemoryBook(len(three), planned(remediate.Change, "1"))
	assert.ErrorContains(t, one.Survey(), "not complete")
}

// TestWhatIsDeclinedIsSkipped, and what has no change keeps what its plan says.
func TestWhatIsDeclinedIsSkipped(t *testing.T) {
	t.Parallel()
	one := run.New("run1", three, newRegistryRig(t).Process)
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

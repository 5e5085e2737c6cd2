package remediate_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/remediate"
)

// TestAStalePlanNamesBothUnits if they differ, by what both of them give.
func TestAStalePlanNamesBothUnits(t *testing.T) {
	t.Parallel()
	const changed = "the device changed since the plan was made"
	for name, test := range map[string]struct {
		planned, answers remediate.Identity
		want             string
	}{
		"another serial number": {
			remediate.Identity{Serial: "1", MAC: "a"}, remediate.Identity{Serial: "2", MAC: "b"},
			changed + `: serial number "2" answers, the plan was made for serial number "1"`,
		},
		"a MAC address alone": {
			remediate.Identity{MAC: "a"}, remediate.Identity{Serial: "2", MAC: "b"},
			changed + `: MAC address "b" answers, the plan was made for MAC address "a"`,
		},
		"the same unit":             {remediate.Identity{Serial: "1", MAC: "a"}, remediate.Identity{Serial: "1", MAC: "a"}, changed},
		"a serial number less":      {remediate.Identity{Serial: "1"}, remediate.Identity{MAC: "b"}, changed},
		"a plan of earlier days":    {remediate.Identity{}, remediate.Identity{Serial: "2", MAC: "b"}, changed},
		"a unit that tells nothing": {remediate.Identity{Serial: "1", MAC: "a"}, remediate.Identity{}, changed},
	} {
		err := remediate.DevicePlan{Device: test.planned}.Drift(test.answers)
		require.ErrorIs(t, err, remediate.ErrDrift, name)
		assert.Contains(t, err.Error(), test.want, name)
		if test.want == changed {
			assert.Equal(t, changed, err.Error(), name)
		}
		failure := remediate.Fail(err)
		assert.Equal(t, remediate.CodeDrift, failure.Code, name)
		assert.Contains(t, failure.Hint, "lan again", name)
	}
}

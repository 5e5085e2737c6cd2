package remediate

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestWaive(t *testing.T) {
	t.Parallel()
	waiver := Waiver{Finding: SharedContext, Reason: "r", Owner: "o", Until: "2027-01-31"}
	lastDay := time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)
	before := []Finding{finding(SharedContext, "1", "x"), finding(OldTLS, "1.0"), finding(SharedContext, "2", "y")}

	waived := Waive(before, []Waiver{waiver}, lastDay)
	assert.Equal(t, &waiver, waived[0].Waived)
	assert.Nil(t, waived[1].Waived)
	assert.Equal(t, &waiver, waived[2].Waived)
	assert.Equal(t, Problem, waived[0].Level, "an error stays one")
	assert.Nil(t, before[0].Waived, "what came in stays as it was")
	assert.Equal(t, waived, Waive(waived, []Waiver{waiver}, lastDay))
	assert.Equal(t, waived, Waive(waived, nil, lastDay))

	expired := Waive(before, []Waiver{waiver}, lastDay.Add(time.Second))
	assert.Equal(t, append(before, finding(WaiverExpired, SharedContext, "2027-01-31", "o", "r")), expired)
	assert.Equal(t, expired, Waive(expired, []Waiver{waiver}, lastDay.Add(time.Second)))
	assert.Equal(t, expired, Waive(waived, nil, lastDay.Add(time.Second)), "also what a saved plan still holds")

	assert.True(t, Waivable(SharedContext))
	assert.False(t, Waivable("nonsense"))
	assert.False(t, Waivable(WaiverExpired))
}

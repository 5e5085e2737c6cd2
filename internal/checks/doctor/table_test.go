package doctor_test

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var entry = regexp.MustCompile(`(?m)^## A(\d+)\. (.*)\n(?:\n|- Behaviour: .*\n)*- Source: (.*)$`)

// TestEveryAssumptionHasACheck compares the table with the file, entry by entry.
func TestEveryAssumptionHasACheck(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../mockdevice/ASSUMPTIONS.md")
	require.NoError(t, err)
	var want, got []doctor.AssumptionCheck
	for _, match := range entry.FindAllStringSubmatch(string(text), -1) {
		number, err := strconv.Atoi(match[1])
		require.NoError(t, err)
		want = append(want, doctor.AssumptionCheck{Number: number, Title: match[2], Source: match[3]})
	}
	for _, check := range doctor.Examine(doctor.Observations{}).Checks {
		got = append(got, doctor.AssumptionCheck{Number: check.Number, Title: check.Title, Source: check.Source})
	}
	assert.GreaterOrEqual(t, len(want), 65)
	assert.Equal(t, want, got)
}

// TestNothingSeenProvesNothing: without observations nothing may be said to hold that an
// answer would have to show.
func TestNothingSeenProvesNothing(t *testing.T) {
	t.Parallel()
	report := doctor.Examine(doctor.Observations{})
	for _, check := range report.Checks {
		assert.NotEmpty(t, check.Seen, "A%d", check.Number)
		assert.Contains(t, []doctor.AssumptionResult{doctor.Holds, doctor.DoesNotHold, doctor.Unknown}, check.Result)
		assert.Equal(t, doctor.Unknown, check.Result, "A%d: %s", check.Number, check.Seen)
	}
	assert.NotEmpty(t, report.Problems)
}

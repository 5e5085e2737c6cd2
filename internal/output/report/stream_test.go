package report_test

import (
	"bytes"
	"errors"
	"iter"
	"reflect"
	"testing"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func listed[D any](list []D, last error) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		for _, device := range list {
			if !yield(device, nil) {
				return
			}
		}
		if last != nil {
			var none D
			yield(none, last)
		}
	}
}

func whole(t *testing.T, content any) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, report.WriteDocument(&text, content))
	return text.String()
}

// Every key of the documents is filled, so that one that the stream forgets is noticed.
func TestStreamedDocumentsAreTheWholeOnes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"x", hostile} {
		var plan remediate.Plan
		fill(reflect.ValueOf(&plan).Elem(), text, nil)
		devices := append(plan.Devices, changePlan(), blockedPlan(), errorPlan())
		for n := range len(devices) + 1 {
			plan.Devices = append([]remediate.DevicePlan{}, devices[:n]...)
			plan.Summarize()
			var streamed bytes.Buffer
			require.NoError(t, report.PlanJSON(&streamed, plan, listed(plan.Devices, nil)))
			require.Equal(t, whole(t, plan), streamed.String())
		}
		result := remediate.Result{DryRun: true}
		fill(reflect.ValueOf(&result).Elem(), text, nil)
		results := append(result.Devices, appliedResult(), failedResult(), blockedResult())
		for n := range len(results) + 1 {
			result.Devices = append([]remediate.DeviceResult{}, results[:n]...)
			result.Summarize()
			var streamed bytes.Buffer
			require.NoError(t, report.ResultJSON(&streamed, result, listed(result.Devices, nil)))
			require.Equal(t, whole(t, result), streamed.String())
		}
	}
}

var errLost = errors.New("the store is gone")

func TestAListThatBreaksOff(t *testing.T) {
	t.Parallel()
	plans, results := listed([]remediate.DevicePlan{changePlan()}, errLost), listed([]remediate.DeviceResult{appliedResult()}, errLost)
	var text bytes.Buffer
	require.ErrorIs(t, report.PlanStream(&text, remediate.PolicyReference{}, plans, report.Style{}), errLost)
	require.ErrorIs(t, report.ResultStream(&text, results, report.Style{}), errLost)
	assert.NotContains(t, text.String(), "devices:", "no summary of half a list")
	text.Reset()
	require.ErrorIs(t, report.PlanJSON(&text, remediate.Plan{}, plans), errLost)
	require.ErrorIs(t, report.ResultJSON(&text, remediate.Result{}, results), errLost)
	assert.NotContains(t, text.String(), "summary")
}

func TestAClosedPipeEndsTheList(t *testing.T) {
	t.Parallel()
	taken := 0
	endless := func(yield func(remediate.DevicePlan, error) bool) {
		for taken = 1; yield(changePlan(), nil); taken++ {
			require.Less(t, taken, 1000)
		}
	}
	require.ErrorIs(t, report.PlanStream(brokenWriter{}, remediate.PolicyReference{}, endless, report.Style{}), errPipe)
	assert.Equal(t, 1, taken)
	require.ErrorIs(t, report.PlanJSON(brokenWriter{}, remediate.Plan{}, endless), errPipe)
}

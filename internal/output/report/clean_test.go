package report_test

import (
	"bytes"
	"reflect"
	"regexp"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const hostile = "a\x1b[31m\r\n\u202e\x00\x7f\u009b\u2028\u200b\xff"

// fill sets every string below a value, of whatever type; lists get two elements, unset
// pointers something to point to. Strings with a fixed set of words are left to the caller.
func fill(value reflect.Value, text string, keep map[reflect.Type]bool) {
	if keep[value.Type()] {
		return
	}
	switch value.Kind() {
	case reflect.String:
		value.SetString(text)
	case reflect.Struct:
		for _, field := range value.Fields() {
			fill(field, text, keep)
		}
	case reflect.Pointer:
		value.Set(reflect.New(value.Type().Elem()))
		fill(value.Elem(), text, keep)
	case reflect.Slice:
		value.Set(reflect.MakeSlice(value.Type(), 2, 2))
		for i := range 2 {
			fill(value.Index(i), text, keep)
		}
	}
}

// words are the types whose values decide what is shown; each text is tried with foreign
// ones, too.
var words = map[reflect.Type]bool{
	reflect.TypeFor[remediate.Verdict]():    true,
	reflect.TypeFor[remediate.StepKind]():   true,
	reflect.TypeFor[remediate.Status]():     true,
	reflect.TypeFor[remediate.StepStatus](): true,
}

func hostilePlans() []remediate.Plan {
	var plans []remediate.Plan
	verdicts := []remediate.Verdict{remediate.Compliant, remediate.Change, remediate.Blocked, remediate.NotApplicable, remediate.Errored, hostile}
	kinds := []remediate.StepKind{remediate.StepBackup, remediate.StepEnableBundle, remediate.StepImportRoot, remediate.StepSave, hostile}
	for _, verdict := range verdicts {
		for _, kind := range kinds {
			for _, failed := range []bool{false, true} {
				var plan remediate.Plan
				fill(reflect.ValueOf(&plan).Elem(), hostile, words)
				for i := range plan.Devices {
					device := &plan.Devices[i]
					device.Verdict, device.Steps[0].Kind = verdict, kind
					if !failed {
						device.Error = nil
					}
				}
				plan.Summarize()
				plans = append(plans, plan)
			}
		}
	}
	return plans
}

func hostileResults() []remediate.Result {
	var results []remediate.Result
	for _, status := range append(remediate.Statuses(), hostile) {
		for _, kind := range []remediate.StepKind{remediate.StepImportRoot, hostile} {
			for _, step := range []remediate.StepStatus{remediate.StepFailed, hostile} {
				var result remediate.Result
				fill(reflect.ValueOf(&result).Elem(), hostile, words)
				for i := range result.Devices {
					device := &result.Devices[i]
					device.Status = status
					device.Steps[0].Kind, device.Steps[0].Status = kind, step
					device.LeftOnDevice[0].Kind, device.LeftOnDevice[0].Status = kind, step
				}
				result.Summarize()
				results = append(results, result)
			}
		}
	}
	return results
}

// ownColors are the only escape sequences that a report may hold.
var ownColors = regexp.MustCompile(`\x1b\[(0|1|2|31|32|33)m`)

func TestNoForeignTextReachesTheTerminalRaw(t *testing.T) {
	t.Parallel()
	for _, style := range []report.Style{{}, {Color: true}} {
		for _, plan := range hostilePlans() {
			var text bytes.Buffer
			require.NoError(t, report.PlanStream(&text, remediate.PolicyReference{}, listed(plan.Devices, nil), style))
			requireClean(t, text.Bytes(), style)
		}
		for _, result := range hostileResults() {
			var text bytes.Buffer
			require.NoError(t, report.ResultStream(&text, listed(result.Devices, nil), style))
			requireClean(t, text.Bytes(), style)
		}
	}
}

func requireClean(t *testing.T, text []byte, style report.Style) {
	t.Helper()
	require.Contains(t, string(text), "a\uFFFD[31m", "the hostile text is in it, made harmless")
	if style.Color {
		text = ownColors.ReplaceAll(text, nil)
	}
	require.True(t, utf8.Valid(text))
	for _, r := range string(text) {
		raw := r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
		require.False(t, raw, "%U in:\n%q", r, text)
	}
}

// The number of lines depends on the document's shape and not on what its texts hold.
func TestForeignTextAddsNoLines(t *testing.T) {
	t.Parallel()
	var harmless, harmful remediate.Plan
	fill(reflect.ValueOf(&harmless).Elem(), "x", words)
	fill(reflect.ValueOf(&harmful).Elem(), hostile, words)
	for _, plan := range []*remediate.Plan{&harmless, &harmful} {
		for i := range plan.Devices {
			plan.Devices[i].Error = nil
		}
	}
	assert.Equal(t, bytes.Count(planText(t, harmless, report.Style{}), []byte("\n")),
		bytes.Count(planText(t, harmful, report.Style{}), []byte("\n")))
}

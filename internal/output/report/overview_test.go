package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/acfix/acfix/internal/output/explain"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOverviews(t *testing.T) {
	t.Parallel()
	for name, show := range map[string]func(io.Writer) error{
		"overview-plan": func(w io.Writer) error {
			return report.Overview(w, runHead("plan"), listed(plannedFleet(), nil), "acfix show 3f2a9c01b2c3d4e5 -v", report.Style{})
		},
		"overview-plan-color": func(w io.Writer) error {
			return report.Overview(w, runHead("plan"), listed(plannedFleet(), nil), "", report.Style{Color: true})
		},
		"overview-plan-wide": func(w io.Writer) error {
			return report.Overview(w, runHead("plan"), listed(plannedFleet(), nil), "acfix show 3f2a9c01b2c3d4e5 -v", report.Style{Width: 120})
		},
		"overview-dry-run": func(w io.Writer) error {
			return report.Overview(w, runHead("dry_run"), listed(plannedFleet(), nil), "", report.Style{})
		},
		"overview-apply": func(w io.Writer) error {
			return report.Overview(w, approvedHead(), listed(appliedFleet(), nil), "acfix show 3f2a9c01b2c3d4e5 -v", report.Style{})
		},
		"full-plan": func(w io.Writer) error {
			return report.RunFull(w, runHead("plan"), listed(plannedFleet(), nil), report.Style{})
		},
		"full-apply": func(w io.Writer) error {
			return report.RunFull(w, approvedHead(), listed(appliedFleet(), nil), report.Style{})
		},
		"explain-finding": func(w io.Writer) error { return explanation(w, remediate.SharedContext, report.Style{Color: true}) },
		"explain-error":   func(w io.Writer) error { return explanation(w, remediate.CodeNotVerified, report.Style{}) },
		"explain-both":    func(w io.Writer) error { return explanation(w, remediate.CodeTimeout, report.Style{}) },
		"explain-all":     func(w io.Writer) error { return report.Explanations(w, explain.Pages(), report.Style{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text bytes.Buffer
			require.NoError(t, show(&text))
			assertGolden(t, name, text.Bytes())
			assertTidy(t, text.Bytes())
		})
	}
}

func explanation(w io.Writer, code string, style report.Style) error {
	return report.Explanation(w, explain.Find(code), style)
}

func TestForeignNamesInAnOverviewAreHarmless(t *testing.T) {
	t.Parallel()
	plan := changePlan()
	devices := []report.RunDevice{{Target: "a\x1b[31m\u202eb", Plan: &plan}}
	var text bytes.Buffer
	require.NoError(t, report.Overview(&text, runHead("plan"), listed(devices, nil), "", report.Style{}))
	assert.NotContains(t, text.String(), "\x1b")
	assert.NotContains(t, text.String(), "\u202e")
}

func TestViewsEndWithTheErrorOfTheStore(t *testing.T) {
	t.Parallel()
	devices := listed(plannedFleet(), io.ErrUnexpectedEOF)
	assert.ErrorIs(t, report.Overview(io.Discard, runHead("plan"), devices, "", report.Style{}), io.ErrUnexpectedEOF)
	assert.ErrorIs(t, report.RunFull(io.Discard, runHead("plan"), devices, report.Style{}), io.ErrUnexpectedEOF)
}

func TestFiltered(t *testing.T) {
	t.Parallel()
	planned, applied := plannedFleet(), appliedFleet()
	for name, test := range map[string]struct {
		head    report.RunHead
		devices []report.RunDevice
		filter  report.DeviceFilter
		want    string
	}{
		"all":                 {runHead("plan"), planned, report.DeviceFilter{}, "1 2 3 4 5 6 7 8 9"},
		"name":                {runHead("plan"), planned, report.DeviceFilter{Target: func(name string) bool { return name == "sbc-04" }}, "4"},
		"verdict":             {runHead("plan"), planned, report.DeviceFilter{Verdicts: []string{"blocked"}}, "4 7"},
		"one of two verdicts": {runHead("plan"), planned, report.DeviceFilter{Verdicts: []string{"blocked", "compliant"}}, "1 4 7"},
		"never started":       {runHead("plan"), planned, report.DeviceFilter{Verdicts: []string{"error"}}, "3 8 9"},
		"finding":             {runHead("plan"), planned, report.DeviceFilter{Codes: []string{remediate.SharedContext}}, "4 7"},
		"error code":          {runHead("plan"), planned, report.DeviceFilter{Codes: []string{remediate.CodeUnauthorized}}, "9"},
		"both must fit":       {runHead("plan"), planned, report.DeviceFilter{Verdicts: []string{"compliant"}, Codes: []string{remediate.SharedContext}}, ""},
		"status":              {approvedHead(), applied, report.DeviceFilter{Statuses: []string{"applied", "rolled_back"}}, "1 3"},
		"verdict of an apply": {approvedHead(), applied, report.DeviceFilter{Verdicts: []string{"compliant"}}, "6"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for device, err := range report.Filtered(test.head, listed(test.devices, nil), test.filter) {
				require.NoError(t, err)
				got = append(got, fmt.Sprint(device.Position))
			}
			assert.Equal(t, test.want, strings.Join(got, " "))
		})
	}
}

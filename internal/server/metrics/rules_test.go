package metrics_test

import (
	"cmp"
	"context"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/metrics"
)

// The shipped rules use few forms, which this file evaluates itself: Prometheus' own evaluator would bring hundreds of
// modules. An expression of another form fails the tests.

// alarm is one shipped rule.
type alarm struct {
	Alert, Expr, For string
}

func shippedAlarms(t *testing.T) []alarm {
	t.Helper()
	content, err := os.ReadFile("../../../deploy/prometheus/acfix.rules.yml")
	require.NoError(t, err)
	var file struct{ Groups []struct{ Rules []alarm } }
	require.NoError(t, yaml.Unmarshal(content, &file))
	require.Len(t, file.Groups, 1)
	require.NotEmpty(t, file.Groups[0].Rules)
	return file.Groups[0].Rules
}

var (
	exprForm = regexp.MustCompile(`^(time\(\) - )?(\w+)(?:\{(\w+)(=~?)"([^"]*)"\})? (>|==) (\d+)$`)
)

// firing returns the labels of the series for which a rule's condition is true, whatever its "for" is.
func (a alarm) firing(t *testing.T, made metrics.CollectorOptions) (found []string) {
	t.Helper()
	families, err := metrics.Registry(made).Gather()
	require.NoError(t, err)
	form := exprForm.FindStringSubmatch(a.Expr)
	require.NotNil(t, form, "%s: %s", a.Alert, a.Expr)
	limit, err := strconv.ParseFloat(form[7], 64)
	require.NoError(t, err)
	for _, family := range families {
		if family.GetName() != form[2] {
			continue
		}
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			wanted := regexp.QuoteMeta(form[5])
			if form[4] == "=~" {
				wanted = form[5]
			}
			if form[3] != "" && !regexp.MustCompile("^(?:"+wanted+")$").MatchString(labels[form[3]]) {
				continue
			}
			value := metric.GetGauge().GetValue()
			if form[1] != "" {
				value = float64(made.Now().Unix()) - value
			}
			if form[6] == ">" && value > limit || form[6] == "==" && value == limit {
				found = append(found, cmp.Or(labels["target"], labels["verdict"], labels["result"], labels["job"], labels["state"], "-"))
			}
		}
	}
	slices.Sort(found)
	return found
}

// alarms are the alarms that fire, with what they fire for.
func alarms(t *testing.T, made metrics.CollectorOptions) []string {
	t.Helper()
	found := []string{}
	for _, rule := range shippedAlarms(t) {
		if of := rule.firing(t, made); len(of) > 0 {
			found = append(found, rule.Alert+": "+strings.Join(of, " "))
		}
	}
	return found
}

// nights are the runs of a nightly plan, newest first, the last of them a moment ago.
func nights(now time.Time, count int, state store.RunState, exit int) (runs []store.Run) {
	for night := range count {
		began := now.Add(-time.Duration(night)*24*time.Hour - 10*time.Minute)
		runs = append(runs, run("nightly-plan", "plan", state, began.Sub(noon), time.Minute, exit))
	}
	return runs
}

// TestAlarmsWithOneDeadDevice: each alarm means what its document says, and one dead device silences none and sets off
// only its own.
func TestAlarmsWithOneDeadDevice(t *testing.T) {
	t.Parallel()
	now := noon.Add(40 * 24 * time.Hour)
	const dead = "AcfixDeviceCannotBeRead: error"
	const long = "AcfixDeviceNotInOrder: dead"
	for name, test := range map[string]struct {
		runs   []store.Run
		later  time.Duration
		wanted []string
	}{
		"a plan each night":    {nights(now, 40, store.RunDone, 1), 0, []string{dead, long}},
		"a plan that waits":    {nights(now, 40, store.RunWaiting, 1), 0, []string{dead, long, "AcfixPlanNotApproved: waiting"}},
		"a superseded plan":    {nights(now, 40, store.RunSuperseded, 1), 0, []string{dead, long}},
		"no plan for a day":    {nights(now, 40, store.RunDone, 1), 27 * time.Hour, []string{dead, long, "AcfixJobDoesNotEnd: nightly-plan", "AcfixJobBeyondItsBudgets: nightly-plan"}},
		"no plan ever":         {nil, 0, []string{dead, long, "AcfixJobDoesNotEnd: nightly-plan", "AcfixJobBeyondItsBudgets: nightly-plan"}},
		"stopped by a budget":  {nights(now, 40, store.RunStopped, 5), 0, []string{dead, long, "AcfixJobBeyondItsBudgets: nightly-plan"}},
		"failed each night":    {nights(now, 40, store.RunFailed, 1), 0, []string{dead, long, "AcfixJobBeyondItsBudgets: nightly-plan"}},
		"running for a day":    {append([]store.Run{run("nightly-plan", "plan", store.RunRunning, now.Sub(noon)-26*time.Hour, 0, 0)}, nights(now, 3, store.RunDone, 1)[2]), 0, []string{dead, long, "AcfixJobDoesNotEnd: nightly-plan", "AcfixJobBeyondItsBudgets: nightly-plan"}},
		"a clock that was mad": {append([]store.Run{run("nightly-plan", "plan", store.RunDone, 4000*time.Hour, time.Minute, 0)}, nights(now, 3, store.RunDone, 1)[2]), 0, []string{dead, long, "AcfixJobDoesNotEnd: nightly-plan", "AcfixJobBeyondItsBudgets: nightly-plan", "AcfixClockIsWrong: -"}},
	} {
		at := now.Add(test.later)
		fleet := &fakeStore{runs: test.runs, good: map[string]time.Time{"dead": noon, "one": now, "two": now}}
		for device, word := range map[string]string{"one": "compliant", "two": "compliant", "dead": "error"} {
			fleet.devices = append(fleet.devices, store.Device{Target: device, URL: device, Verdict: word, Ended: now})
		}
		made := options(quietOrphans{fleet})
		made.Now = func() time.Time { return at }
		made.Jobs = []metrics.JobSeries{{Name: "nightly-plan", Action: "plan"}}
		assert.Equal(t, test.wanted, alarms(t, made), name)
	}
}

// quietOrphans is a store in which no run was left behind.
type quietOrphans struct{ *fakeStore }

func (quietOrphans) Orphans(context.Context) ([]store.Run, error) { return nil, nil }

// TestEachAlarmIsOfAMetric that acfix has, and is set off by what its document names.
func TestEachAlarmIsOfAMetric(t *testing.T) {
	t.Parallel()
	described := body(t, options(&fakeStore{runs: nights(noon, 1, store.RunWaiting, 0)}))
	for _, rule := range shippedAlarms(t) {
		form := exprForm.FindStringSubmatch(rule.Expr)
		require.NotNil(t, form, rule.Expr)
		if form[2] != "acfix_missing_roots" && form[2] != "acfix_device_last_success_timestamp_seconds" { // of devices
			assert.Contains(t, described, "# TYPE "+form[2]+" gauge", rule.Alert)
		}
		document, err := os.ReadFile("../../../docs/operations.md")
		require.NoError(t, err)
		assert.True(t, strings.Contains(string(document), rule.Alert), "docs/operations.md does not say what %s means", rule.Alert)
	}
}

package remediate_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const quietSet = "Teams Proxy Set: no alarm before, no alarm after"

// alarm is an active alarm; its source is shown only by a device with alarm-list-full.
func alarm(description, source string) mockdevice.Alarm {
	return mockdevice.Alarm{ID: description + source, Description: description, Source: source}
}

// quick is a device on which nothing but the switch is to be repaired, with Proxy Sets 0 "ITSP" and 1 "Teams", which
// names the sources of its alarms.
func quick(t *testing.T, active ...mockdevice.Alarm) *rig {
	model := preset(t, "7.4.604")
	model.Dialect.AlarmListFull = true
	model.Alarms = active
	return newRig(t, model)
}

// applied applies, and returns what the result says of the Teams leg, as it is stored.
func (r *rig) applied(calls remediate.CallReadings) (remediate.DeviceResult, *remediate.BeforeAfter) {
	r.t.Helper()
	plan := r.plan(remediate.Choice{})
	client := r.client(false)
	defer client.Close()
	executor := r.executor(client)
	executor.Calls = calls
	r.device.ResetLog()
	result := executor.Apply(r.t.Context(), plan)
	document, err := json.Marshal(result)
	require.NoError(r.t, err)
	var stored remediate.DeviceResult
	require.NoError(r.t, json.Unmarshal(document, &stored))
	return result, stored.BeforeAfter
}

// TestWhatAlarmsSayOfTheTeamsProxySet: an alarm that may be another's leaves it unknown, and none is said only where
// none can be.
func TestWhatAlarmsSayOfTheTeamsProxySet(t *testing.T) {
	t.Parallel()
	const none, active, unknown = remediate.AlarmNone, remediate.AlarmActive, remediate.AlarmUnknown
	for name, row := range map[string]struct {
		description, source string
		change              func(*mockdevice.Device)
		want                remediate.AlarmState
	}{
		"the Teams Proxy Set":                        {"Proxy Set Alarm. Proxy Set 1 (Teams): Proxy lost. looking for another proxy", "Board#1/ProxyConnection#1", nil, active},
		"by its index":                               {"Proxy Set Alarm Proxy Set 1: Proxy lost. looking for another proxy", "", nil, active},
		"one server of several":                      {"Proxy Set Alarm Proxy Set 1 (Teams): Server 52.114.75.24:5061 is down - one or more servers in the proxy set are offline", "", nil, active},
		"in capitals":                                {"PROXY SET ALARM. PROXY SET 1 (TEAMS): PROXY LOST", "", nil, active},
		"as an ID":                                   {"Proxy lost. Proxy Set ID 1", "", nil, active},
		"written together":                           {"ProxySet#1 lost", "", nil, active},
		"with leading zeros":                         {"Proxy Set 001: Proxy lost", "", nil, active},
		"by its source":                              {"Proxy lost. looking for another proxy", "Board#1/ProxyConnection#1", nil, active},
		"by another kind of source":                  {"Connection lost", "Board#1/ProxySetConnectionLost#1", nil, active},
		"by a source in the description":             {"Lost: Board#1/ProxySetConnectionLost#1", "", nil, active},
		"by its name":                                {`Proxy Set "Teams": Proxy lost`, "", nil, active},
		"by its name alone":                          {"Proxy Set Alarm. Proxy Set Teams: Proxy lost", "", nil, active},
		"by its IP Group":                            {"IP Group is temporarily blocked. IP Group (Teams) Blocked Reason: No Working Proxy", "", nil, active},
		"by the source of its IP Group":              {"IP Group is temporarily blocked. Blocked Reason: No Working Proxy", "Board#1/IPGroup#1", nil, active},
		"of another Proxy Set":                       {"Proxy Set Alarm. Proxy Set 0 (ITSP): Proxy lost. looking for another proxy", "Board#1/ProxyConnection#0", nil, none},
		"of another Proxy Set, by its source":        {"Proxy lost", "Board#1/ProxyConnection#0", nil, none},
		"of another Proxy Set, by its name":          {"Proxy Set ITSP: Proxy lost", "", nil, none},
		"of a Proxy Set with another number of ours": {"Proxy Set 10 (Old): Proxy lost", "Board#1/ProxyConnection#10", nil, none},
		"of another IP Group":                        {"IP Group is temporarily blocked. IP Group (ITSP) Blocked Reason: No Working Proxy", "", nil, none},
		"of something else":                          {"NTP2 server alarm. No connection to NTP server.", "Board#1", nil, none},
		"of something with the same name":            {"Trunk Teams is down", "Board#1/Trunk#1", nil, none},
		"of an HTTP proxy":                           {"HTTP Proxy: upstream host 1 is not responding", "", nil, none},
		"of no Proxy Set in particular":              {"Proxy lost. looking for another proxy", "", nil, unknown},
		"of a Proxy Set that nothing names":          {"Proxy Set Alarm", "System#0", nil, unknown},
		"of an IP Group that nothing names":          {"IP Group is temporarily blocked. Blocked Reason: No Working Proxy", "", nil, unknown},
		"of an IP Group that is not there":           {"IP Group (Gone) Blocked Reason: No Working Proxy", "", nil, unknown},
		"without any text":                           {"", "", nil, unknown},
		"of two Proxy Sets":                          {"Proxy Set 0 and Proxy Set 1 are down", "", nil, unknown},
		"with a source that contradicts":             {"Proxy Set 0 (ITSP): Proxy lost", "Board#1/ProxyConnection#1", nil, unknown},
		"with a name that contradicts":               {"Proxy Set 0 (Teams): Proxy lost", "", nil, unknown},
		"with the name of another":                   {"Proxy Set 1 (ITSP): Proxy lost", "", nil, unknown},
		"with an address for a number":               {"Proxy Set 1.2.3.4 is down", "", nil, unknown},
		"with a name that was cut":                   {"Proxy Set 1 (Tea: Proxy lost", "", nil, active},
		"with the old name of ours":                  {"Proxy Set 1 (Before): Proxy lost", "", nil, active},
		"a name with blanks and brackets":            {"Proxy Set Alarm. Proxy Set 1 (Teams (DR) 1): Proxy lost", "", renamed(1, "Teams (DR) 1"), active},
		"a name beyond ASCII":                        {`Proxy Set "Überleitung Zürich" lost`, "", renamed(1, "Überleitung Zürich"), active},
		"a name that begins like another":            {"Proxy Set Teams 2: lost", "", renamed(0, "Teams 2"), none},
		"a name that is another's alarm":             {"Proxy Set Alarm. Proxy Set 0 (Proxy Set 1): lost", "", renamed(0, "Proxy Set 1"), none},
		"two of the same name":                       {`Proxy Set "Teams" lost`, "", renamed(0, "Teams"), unknown},
		"two of the same name, numbered":             {"Proxy Set 0 (Teams): lost", "", renamed(0, "Teams"), none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := quick(t, alarm(row.description, row.source))
			if row.change != nil {
				row.change(r.device)
				r.save()
			}
			result, said := r.applied(remediate.NoCalls)
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			require.NotNil(t, said)
			require.Len(t, said.ProxySets, 1)
			assert.Equal(t, row.want, said.ProxySets[0].Before)
			assert.Equal(t, row.want, said.ProxySets[0].After)
			assert.Equal(t, 1, said.ProxySets[0].Index)
			assert.Nil(t, said.Calls)
		})
	}
}

func renamed(proxySet int, name string) func(*mockdevice.Device) {
	return func(d *mockdevice.Device) {
		for _, ours := range []int{0, 1} { // references first follow, then are renamed with the set
			if ours == proxySet {
				d.SetCell("IPGroup", ours, "ProxySetName", name)
			}
		}
		d.SetCell("ProxySet", proxySet, "ProxyName", name)
	}
}

// TestBeforeAndAfterInWords: the sentences of the result, which every report and page shows.
func TestBeforeAndAfterInWords(t *testing.T) {
	t.Parallel()
	lost := alarm("Proxy Set 1 (Teams): Proxy lost", "")
	for name, row := range map[string]struct {
		before, after []mockdevice.Alarm
		fault         *mockdevice.Fault
		want          string
	}{
		"no alarm":             {want: quietSet},
		"others' alarms":       {before: []mockdevice.Alarm{alarm("fan", "")}, after: []mockdevice.Alarm{alarm("Proxy Set 0 (ITSP): lost", "")}, want: quietSet},
		"an alarm that went":   {before: []mockdevice.Alarm{lost}, want: `Teams Proxy Set: alarm before, no alarm after (before: "Proxy Set 1 (Teams): Proxy lost")`},
		"an alarm that came":   {after: []mockdevice.Alarm{lost}, want: `Teams Proxy Set: no alarm before, alarm after (after: "Proxy Set 1 (Teams): Proxy lost")`},
		"an alarm that stays":  {before: []mockdevice.Alarm{lost}, after: []mockdevice.Alarm{lost}, want: `Teams Proxy Set: alarm before, alarm after ("Proxy Set 1 (Teams): Proxy lost")`},
		"one that may be ours": {after: []mockdevice.Alarm{alarm("Proxy lost", "")}, want: "Teams Proxy Set: no alarm before, unknown after"},
		"none is given":        {fault: &mockdevice.Fault{Path: "/alarms/active", Do: mockdevice.Status, Status: http.StatusForbidden}, want: "Teams Proxy Set: unknown before, unknown after"},
		"a web page":           {fault: &mockdevice.Fault{Path: "/alarms/active", Do: mockdevice.HTML}, want: "Teams Proxy Set: unknown before, unknown after"},
		"the first is lost":    {fault: &mockdevice.Fault{Path: "/alarms/active", Do: mockdevice.Status, Status: 405, Count: 1}, want: "Teams Proxy Set: unknown before, no alarm after"},
		"the last is lost":     {fault: &mockdevice.Fault{Path: "/alarms/active", Do: mockdevice.Status, Status: 404, Skip: 1}, want: "Teams Proxy Set: no alarm before, unknown after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := quick(t, row.before...)
			r.once("/saveConfiguration", func() { r.device.SetAlarms(row.after) })
			if row.fault != nil {
				r.device.AddFault(*row.fault)
			}
			result, said := r.applied(remediate.NoCalls)
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.Equal(t, []string{row.want}, said.Text)
			assert.Zero(t, r.device.FailedLogins())
		})
	}
}

// TestSeveralTeamsProxySets are told apart by index and name.
func TestSeveralTeamsProxySets(t *testing.T) {
	t.Parallel()
	r := quick(t, alarm("Proxy Set 0 (ITSP): lost", ""))
	r.device.SetCell("ProxyIp", 0, "IpAddress", "sip.pstnhub.microsoft.com:5061")
	r.device.SetCell("ProxyIp", 0, "TransportType", "2")
	r.device.SetCell("ProxySet", 0, "SBCIPv4SIPInterfaceName", "Teams")
	r.device.SetCell("ProxySet", 0, "TLSContextName", "Teams")
	r.save()
	result, said := r.applied(remediate.CallsAfterSave)
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	assert.Equal(t, []string{
		`Teams Proxy Set 0 "ITSP": alarm before, alarm after ("Proxy Set 0 (ITSP): lost")`,
		`Teams Proxy Set 1 "Teams": no alarm before, no alarm after`,
		`Teams IP Group 0 "ITSP" (before → after the save): abnormally terminated in: 0 → 0; abnormally terminated out: 0 → 0; ended without media: unknown → unknown`,
		`Teams IP Group 1 "Teams" (before → after the save): abnormally terminated in: 0 → 0; abnormally terminated out: 0 → 0; ended without media: unknown → unknown`,
	}, said.Text)
}

// TestNothingIsSaidWhereNothingWasWritten: neither of a plan nor of a run that ended before its first write.
func TestNothingIsSaidWhereNothingWasWritten(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		before func(*rig)
		status remediate.Status
	}{
		"in order":  {func(r *rig) { require.Equal(r.t, remediate.Applied, r.apply(remediate.Choice{}).Status) }, remediate.Unchanged},
		"refused":   {fault("/files/ini/incremental", 403), remediate.Failed},
		"no backup": {func(r *rig) { r.archiveErr = assert.AnError }, remediate.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := quick(t)
			row.before(r)
			result, said := r.applied(remediate.CallsAfterSave)
			assert.Equal(t, row.status, result.Status)
			if name == "refused" { // a write was sent
				assert.Equal(t, []string{quietSet}, said.Text)
				return
			}
			assert.Nil(t, said)
		})
	}
	document, err := json.Marshal(remediate.NewResult(remediate.DevicePlan{Verdict: remediate.Change}))
	require.NoError(t, err)
	assert.NotContains(t, string(document), "before_after")
}

// readsOf are the numbers of the requests to a resource.
func readsOf(r *rig, part string) (numbers []int) {
	for _, request := range r.device.Requests() {
		if strings.Contains(request.Path, part) {
			numbers = append(numbers, request.Number)
		}
	}
	return numbers
}

func writesOf(r *rig) (numbers []int) {
	for _, request := range r.device.Requests() {
		if request.Write {
			numbers = append(numbers, request.Number)
		}
	}
	return numbers
}

// TestAlarmsAreReadOnceBeforeTheFirstWriteAndOnceAfterTheLast, also where the save had to be repeated.
func TestAlarmsAreReadOnceBeforeTheFirstWriteAndOnceAfterTheLast(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]*mockdevice.Fault{
		"undisturbed":                      nil,
		"a save that was refused at first": {Path: "/actions/saveConfiguration", Do: mockdevice.Status, Status: 409, Count: 1, When: mockdevice.Before},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := quick(t)
			if fault != nil {
				r.device.AddFault(*fault)
			}
			r.device.OnRequest(func(_ int, request *http.Request) {
				if request.Method == http.MethodPost {
					r.device.SetAlarms([]mockdevice.Alarm{alarm("Proxy Set 1: lost", "")})
				}
			})
			result, said := r.applied(remediate.NoCalls)
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			reads, writes := readsOf(r, "/alarms/"), writesOf(r)
			require.Len(t, reads, 2)
			assert.Less(t, reads[0], writes[0])
			assert.Greater(t, reads[1], writes[len(writes)-1])
			assert.Equal(t, remediate.AlarmActive, said.ProxySets[0].After)
			assert.Empty(t, readsOf(r, "/kpi/"))
		})
	}
}

// TestCallStatisticsBeforeAndAfter: read before the backup is kept and after all writes, as the device gives them.
func TestCallStatisticsBeforeAndAfter(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		r := quick(t)
		r.device.SetCalls(1, map[string]any{"abnormalTerminatedCallsInTotal": 76, "mediaBrokenConnectionCalls": 2})
		r.once("/saveConfiguration", func() {
			r.device.SetCalls(1, map[string]any{"abnormalTerminatedCallsInTotal": 77})
		})
		plan := r.plan(remediate.Choice{})
		client := r.client(false)
		executor := r.executor(client)
		executor.Calls = remediate.CallsAfterSave
		if !again {
			state, err := remediate.ReadAlso(t.Context(), client, remediate.Choice{}, remediate.Also{Default: true}, r.clock.Now)
			require.NoError(t, err)
			executor.Recent = &remediate.Recent{State: state, SameConnection: func() bool { return true }}
		}
		r.device.ResetLog()
		result := executor.Apply(t.Context(), plan)
		client.Close()
		require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
		assert.Equal(t, "Teams IP Group (before → after the save): abnormally terminated in: 76 → 77; "+
			"abnormally terminated out: 0 → 0; ended without media: 2 → unknown", result.BeforeAfter.Text[1])
		reads, writes := readsOf(r, "/kpi/"), writesOf(r)
		require.Len(t, reads, 2)
		assert.LessOrEqual(t, reads[0], r.backedUp, "before the backup ends")
		assert.Greater(t, reads[1], writes[len(writes)-1])
	}
}

// asideBreakages are those of breakages that a reading can have, and some that only these readings have.
func asideBreakages() map[string]mockdevice.Fault {
	faults := map[string]mockdevice.Fault{}
	for name, fault := range breakages {
		faults[name] = fault
	}
	for _, status := range []int{204, 301, 400, 401, 403, 404, 405, 410, 501, 503} {
		faults[http.StatusText(status)+" from then on"] = mockdevice.Fault{Do: mockdevice.Status, Status: status, When: mockdevice.Before}
	}
	return faults
}

// TestCallStatisticsDelayNoWrite: however they fail, the run does the same, asks no second time, and nothing counts for
// the password.
func TestCallStatisticsDelayNoWrite(t *testing.T) {
	t.Parallel()
	undisturbed := quick(t)
	_, _ = undisturbed.applied(remediate.NoCalls)
	end, writes := undisturbed.device.Flash(), len(writesOf(undisturbed))
	for name, fault := range asideBreakages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := quick(t)
			fault.Path = "/kpi/current/sbc/callStats/ipGroup/1"
			if fault.Do == mockdevice.Hang {
				r.timeout = time.Second / 2
			}
			r.device.AddFault(fault)
			begin := r.clock.Now()
			result, said := r.applied(remediate.CallsAfterSave)
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.Equal(t, end, r.device.Flash())
			assert.Len(t, writesOf(r), writes)
			assert.Equal(t, begin, r.clock.Now(), "no pause")
			assert.LessOrEqual(t, len(readsOf(r, "/kpi/")), 4) // net/http repeats over a connection that was closed
			assert.Equal(t, quietSet, said.Text[0])
			assert.Contains(t, said.Text[1], "Teams IP Group")
		})
	}
}

// TestADeviceWithoutCallStatistics is asked once.
func TestADeviceWithoutCallStatistics(t *testing.T) {
	t.Parallel()
	for _, variant := range []string{"calls-absent", "calls-own-ids"} {
		model := preset(t, "7.4.604")
		known, found := mockdevice.FindVariant(variant)
		require.True(t, found)
		known.Set(&model.Dialect)
		r := newRig(t, model)
		result, said := r.applied(remediate.CallsAfterSave)
		require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
		assert.Equal(t, "Teams IP Group: call statistics unknown", said.Text[1])
		assert.Len(t, readsOf(r, "/kpi/"), 1)
	}
}

// TestManyCallStatistics: all are kept, and a sentence names the first.
func TestManyCallStatistics(t *testing.T) {
	t.Parallel()
	r := quick(t)
	r.url = rewriting(t, r, "/ipGroup/1", func(string) string {
		var items []string
		for _, letter := range strings.Split("abcdefghijkl", "") {
			items = append(items, `{"id":"`+letter+`","name":"Calls `+letter+`","value":1}`)
		}
		return `{"items":[` + strings.Join(append(items, items[0], `{"value":7}`, `{"id":"abnormalTerminatedCallsInTotal","value":"76"}`), ",") + `]}`
	})
	result, said := r.applied(remediate.CallsAfterSave)
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	assert.Len(t, said.Calls.IPGroups[0].Statistics, 13)
	assert.Equal(t, "Teams IP Group (before → after the save): abnormally terminated in: 76 → 76; Calls a: 1 → 1; Calls b: 1 → 1; "+
		"Calls c: 1 → 1; Calls d: 1 → 1; Calls e: 1 → 1; Calls f: 1 → 1; Calls g: 1 → 1; and 5 more in the JSON", said.Text[1])
}

// TestASoakIsTheLastLook: alarms and call statistics are those at its end, and no statistics are read a third time.
func TestASoakIsTheLastLook(t *testing.T) {
	t.Parallel()
	r := quick(t)
	r.device.SetCalls(1, map[string]any{"abnormalTerminatedCallsInTotal": 76})
	plan := r.plan(remediate.Choice{})
	applied, said := r.applied(remediate.CallsAfterSoak)
	require.Equal(t, remediate.Applied, applied.Status, "%+v", applied.Error)
	assert.Contains(t, said.Text[1], "(before → after the soak): abnormally terminated in: 76 → unknown")
	assert.Len(t, readsOf(r, "/kpi/"), 1)
	r.device.SetCalls(1, map[string]any{"abnormalTerminatedCallsInTotal": 78})
	r.device.SetAlarms([]mockdevice.Alarm{alarm("Proxy Set 1: lost", "")})
	later := r.recheck(t.Context(), plan, applied)
	assert.Equal(t, remediate.Failed, later.Status, "a new alarm")
	assert.Equal(t, `Teams Proxy Set: no alarm before, alarm after (after: "Proxy Set 1: lost")`, later.BeforeAfter.Text[0])
	assert.Contains(t, later.BeforeAfter.Text[1], "abnormally terminated in: 76 → 78")
	assert.Len(t, readsOf(r, "/kpi/"), 2)
	assert.Contains(t, applied.BeforeAfter.Text[1], "76 → unknown", "the earlier result is as it was")

	r.device.SetAlarms(nil)
	r.device.AddFault(mockdevice.Fault{Path: "/kpi/current/sbc/callStats/ipGroup/1", Do: mockdevice.Status, Status: 503})
	begin := r.clock.Now()
	later = r.recheck(t.Context(), plan, applied)
	assert.Equal(t, remediate.Applied, later.Status, "%+v", later.Error)
	assert.Equal(t, begin, r.clock.Now())
	assert.Contains(t, later.BeforeAfter.Text[1], "76 → unknown")
}

// TestAFailedRunSaysItToo by the alarms beside its last reading; a device that is away then says nothing.
func TestAFailedRunSaysItToo(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault mockdevice.Fault
		then  func(*rig)
		want  string
	}{
		"refused in the middle": {mockdevice.Fault{Path: "/files/tls/1/trustedRoot/incremental", Do: mockdevice.Status, Status: 400, When: mockdevice.Before},
			func(r *rig) { alarms("Proxy Set 1: lost")(r) }, `Teams Proxy Set: no alarm before, alarm after (after: "Proxy Set 1: lost")`},
		"a save that is refused": {mockdevice.Fault{Path: "/actions/saveConfiguration", Do: mockdevice.Status, Status: 403, When: mockdevice.Before},
			func(*rig) {}, quietSet},
		"away at the end": {mockdevice.Fault{Method: "GET", Skip: 20, Do: mockdevice.Drop},
			func(*rig) {}, "Teams Proxy Set: no alarm before, unknown after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			r.device.SetAlarms(nil)
			plan := r.plan(remediate.Choice{})
			r.device.AddFault(row.fault)
			r.once("/ini/incremental", func() { row.then(r) })
			r.device.ResetLog()
			client := r.client(false)
			defer client.Close()
			executor := r.executor(client)
			executor.Calls = remediate.CallsAfterSave
			result := executor.Apply(t.Context(), plan)
			require.Equal(t, remediate.Failed, result.Status, "%+v", result)
			assert.Equal(t, []string{row.want}, result.BeforeAfter.Text)
			assert.LessOrEqual(t, len(readsOf(r, "/kpi/")), 1)
			if name != "away at the end" {
				assert.Len(t, readsOf(r, "/alarms/"), 2)
			}
		})
	}
}

// TestARestoreSaysItToo, without call statistics.
func TestARestoreSaysItToo(t *testing.T) {
	t.Parallel()
	r := quick(t)
	point := r.repaired(remediate.Choice{})
	r.device.ResetLog()
	result := r.restore(point)
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	assert.Equal(t, []string{quietSet}, result.BeforeAfter.Text)
	assert.Len(t, slices.Concat(readsOf(r, "/alarms/"), readsOf(r, "/kpi/")), 2)
}

package audiocodes_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const callsPath = "/kpi/current/sbc/callStats/ipGroup/1"

func TestCallStatistics(t *testing.T) {
	t.Parallel()
	item := func(value string) string {
		return fmt.Sprintf(`{"items":[{"id":"a","name":"A b","description":"d","url":"u"%s}]}`, value)
	}
	one := func(value string) []audiocodes.CallStatistic {
		return []audiocodes.CallStatistic{{ID: "a", Name: "A b", Value: value}}
	}
	for name, test := range map[string]struct {
		body string
		want []audiocodes.CallStatistic
	}{
		"a number":            {item(`,"value":76`), one("76")},
		"a fraction":          {item(`,"value":76.50`), one("76.50")},
		"a large number":      {item(`,"value":12345678901234567890`), one("12345678901234567890")},
		"text":                {item(`,"value":"76"`), one("76")},
		"null":                {item(`,"value":null`), one("")},
		"no value":            {item(``), one("")},
		"an object":           {item(`,"value":{"a":1}`), one("")},
		"true":                {item(`,"value":true`), one("")},
		"other capitals":      {`{"Items":[{"ID":"a","NAME":"A b","Value":1}]}`, one("1")},
		"an id that counts":   {`{"items":[{"id":7,"name":null,"value":1}],"more":[]}`, []audiocodes.CallStatistic{{ID: "7", Value: "1"}}},
		"beyond ASCII":        {`{"items":[{"id":"ü","name":"Anrufe «aus» ","value":1}]}`, []audiocodes.CallStatistic{{ID: "ü", Name: "Anrufe «aus»", Value: "1"}}},
		"an empty list":       {`{"items":[]}`, []audiocodes.CallStatistic{}},
		"a byte order mark":   {"\ufeff" + item(`,"value":1`), one("1")},
		"an entry of nothing": {`{"items":[null]}`, []audiocodes.CallStatistic{{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"GET /status": sayJSON(200, statusJSON), "GET " + callsPath: sayJSON(200, test.body)})
			client := connect(t, device.URL)
			_, err := client.Status(t.Context())
			require.NoError(t, err)
			calls, err := client.CallStatistics(t.Context(), 1)
			require.NoError(t, err)
			assert.Equal(t, test.want, calls)
		})
	}
}

// TestCallStatisticsCostNothing: whatever the answer, it is asked for once, the password does not count as refused, and
// the client goes on as if nothing had been asked.
func TestCallStatisticsCostNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]http.HandlerFunc{
		"401": challenged(`Basic realm="r"`), "a challenge of Digest": challenged(`Digest realm="r", nonce="n", qop="auth"`),
		"a login that is not the device's": challenged("Negotiate"),
		"a web page":                       say(200, "text/html", loginPage), "garbage": say(200, "", "garbage"), "no list": sayJSON(200, `{}`),
		"a bare list": sayJSON(200, `[{"id":"a","value":1}]`), "null": sayJSON(200, `{"items":null}`), "half an answer": startThenClose,
		"no content": say(204, "", ""), "a lost connection": drop, "a huge answer": sayJSON(200, `{"items":[`+strings.Repeat(" ", 256<<10)+`]}`),
		"no answer": hang,
	}
	for _, status := range []int{202, 301, 302, 400, 403, 404, 405, 409, 410, 423, 429, 500, 501, 502, 503, 504} {
		tests[fmt.Sprint(status)] = sayJSON(status, `{"description":"no"}`)
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"GET /status": sayJSON(200, statusJSON), "GET " + callsPath: answer, "POST " + savePath: say(200, "", "")})
			waits := new(clock)
			client := connect(t, device.URL, patient(waits), func(o *audiocodes.Options) {
				if name == "no answer" {
					o.Timeout = time.Second
				}
			})
			_, err := client.Status(t.Context())
			require.NoError(t, err)
			_, err = client.CallStatistics(t.Context(), 1)
			require.Error(t, err)
			assert.Empty(t, waits.pauses)
			asked := 0
			for _, request := range device.requests() {
				if request.Path == callsPath {
					asked++
				}
			}
			if name == "a lost connection" {
				asked-- // net/http asks again where a connection that it reuses was closed
			}
			assert.Equal(t, 1, asked)
			require.NoError(t, client.Save(t.Context()), "the password is still sent")
		})
	}
}

// TestCallStatisticsAreNeverTheFirst: nothing that is asked aside may be the first try of a password.
func TestCallStatisticsAreNeverTheFirst(t *testing.T) {
	t.Parallel()
	device := newFixture(t, answers{"GET " + callsPath: sayJSON(200, `{"items":[]}`)})
	_, err := connect(t, device.URL).CallStatistics(t.Context(), 1)
	require.Error(t, err)
	assert.Empty(t, device.requests())
}

func TestCallStatisticsOfEachFirmwareAndDialect(t *testing.T) {
	t.Parallel()
	for _, variant := range append(mockdevice.Variants(), mockdevice.Variant{Name: "plain", Set: func(*mockdevice.Dialect) {}}) {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			model, err := mockdevice.Preset("7.4.500")
			require.NoError(t, err)
			variant.Set(&model.Dialect)
			model.Calls = map[int]map[string]any{1: {"abnormalTerminatedCallsInTotal": 76}}
			device, client := simulated(t, model)
			_, err = client.Status(t.Context())
			require.NoError(t, err)
			calls, err := client.CallStatistics(t.Context(), 1)
			if model.Dialect.CallsAbsent || model.Dialect.CallsOwnIDs {
				require.Error(t, err)
			} else if model.Dialect.NonceUses == 0 { // a stale nonce is not answered for this
				require.NoError(t, err)
				assert.Equal(t, "76", calls[0].Value)
				assert.Empty(t, calls[2].Value)
			}
			_, err = client.Configuration(t.Context())
			require.NoError(t, err)
			assert.Zero(t, device.FailedLogins())
		})
	}
}

// TestAlarmsThatGoOnSayMore: only the end of the list shows that there is no other alarm.
func TestAlarmsThatGoOnSayMore(t *testing.T) {
	t.Parallel()
	list := func(alarms int, cursor string) string {
		return `{"alarms":[` + strings.TrimSuffix(strings.Repeat(`{"id":"1","description":"d"},`, alarms), ",") + `]` + cursor + `}`
	}
	for name, test := range map[string]struct {
		body string
		more bool
	}{
		"a page that is full, without a cursor":     {list(20, ``), true},
		"a page that is full, the last":             {list(20, `,"cursor":{"after":"-1"}`), false},
		"a page that is not full, without a cursor": {list(19, ``), false},
	} {
		device := newFixture(t, answers{"GET /alarms/active": sayJSON(200, test.body)})
		alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
		require.NoError(t, err, name)
		assert.Equal(t, test.more, alarms.More, name)
	}
}

// TestTheSourceOfAnAlarmIsTaken from lists that show it, in any form.
func TestTheSourceOfAnAlarmIsTaken(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{`"Board#1/ProxyConnection#1"`: "Board#1/ProxyConnection#1", `7`: "7", `null`: "", `{"a":1}`: ""} {
		device := newFixture(t, answers{"GET /alarms/active": sayJSON(200, `{"alarms":[{"id":"1","description":"d","source":`+source+`}]}`)})
		alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
		require.NoError(t, err, source)
		assert.Equal(t, []audiocodes.Alarm{{ID: "1", Description: "d", Source: want}}, alarms.Active)
	}
}

// TestHowLongCallStatisticsMayTake: a device that never answers costs two seconds, or a few times as long as it took
// for its first answer, and ten at most.
func TestHowLongCallStatisticsMayTake(t *testing.T) {
	t.Parallel()
	for first, want := range map[time.Duration]time.Duration{
		0: 2 * time.Second, 100 * time.Millisecond: 2 * time.Second, time.Second: 4 * time.Second, time.Minute: 10 * time.Second,
	} {
		var waits clock
		status := func(w http.ResponseWriter, r *http.Request) {
			_ = waits.Sleep(r.Context(), first)
			sayJSON(200, statusJSON)(w, r)
		}
		device := newFixture(t, answers{"GET /status": status, "GET " + callsPath: sayJSON(200, `{"items":[]}`)})
		var allowed []time.Duration
		client := connect(t, device.URL, func(o *audiocodes.Options) {
			o.Now = waits.Now
			o.Waiting = func(w audiocodes.Waiting) { allowed = append(allowed, w.Limit) }
		})
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		_, err = client.CallStatistics(t.Context(), 1)
		require.NoError(t, err)
		assert.Equal(t, want, allowed[len(allowed)-1], first)
	}
}

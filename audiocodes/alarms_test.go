package audiocodes_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestActiveAlarms(t *testing.T) {
	t.Parallel()
	none := []audiocodes.Alarm{}
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		want   []audiocodes.Alarm
	}{
		{"none, said by 204", say(204, "", ""), none},
		{"none, said by an empty list", sayJSON(200, `{"alarms":[],"cursor":{"after":"-1","before":"-1"}}`), none},
		{"none, without a cursor", sayJSON(200, `{"alarms":[]}`), none},
		{"one", sayJSON(200, alarmsJSON), []audiocodes.Alarm{{ID: "1", Description: "Trunk is down"}}},
		{"numbers for strings", sayJSON(200, `{"alarms":[{"id":7,"description":"d"}],"cursor":{"after":-1}}`), []audiocodes.Alarm{{ID: "7", Description: "d"}}},
		{"missing and extra fields", sayJSON(200, `{"alarms":[{"id":"7","severity":"major"}],"cursor":{},"more":1}`), []audiocodes.Alarm{{ID: "7"}}},
		{"a cursor of nothing", sayJSON(200, `{"alarms":[],"cursor":{"after":null}}`), none},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"GET /alarms/active": test.answer})
			alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
			require.NoError(t, err)
			assert.Equal(t, audiocodes.Alarms{Active: test.want}, alarms)
			assert.Len(t, device.requests(), 1)
		})
	}
}

func TestAlarmsThatAreNoListAreNotNone(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"alarms":null}`, `{"description":"ok"}`, `{"alarms":{}}`, `{"alarms":[7]}`, `{"alarms":[{"description":7}]}`} {
		device := newFixture(t, answers{"GET /alarms/active": sayJSON(200, body)})
		_, err := connect(t, device.URL).ActiveAlarms(t.Context())
		requireKind(t, err, audiocodes.ErrBadAnswer)
	}
}

// alarmPage answers with one alarm and the cursor that follows the one asked for.
func alarmPage(next func(after string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		after := r.URL.Query().Get("after")
		sayJSON(200, fmt.Sprintf(`{"alarms":[{"id":%q,"description":"after %s"}],"cursor":{"after":%q}}`, next(after), after, next(after)))(w, r)
	}
}

func TestAlarmsAreReadPageByPage(t *testing.T) {
	t.Parallel()
	next := map[string]string{"": "a b", "a b": "20&x=1", "20&x=1": "-1"}
	device := newFixture(t, answers{"GET /alarms/active": alarmPage(func(after string) string { return next[after] })})
	alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
	require.NoError(t, err)
	assert.Len(t, alarms.Active, 3)
	assert.False(t, alarms.More)
	var queries []string
	for _, request := range device.requests() {
		queries = append(queries, request.Query)
	}
	assert.Equal(t, []string{"limit=20", "after=a+b&limit=20", "after=20%26x%3D1&limit=20"}, queries)
}

func TestAnEndlessCursorIsNotFollowedForEver(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(string) string{
		"ever new":  func(after string) string { return after + "x" },
		"in a ring": func(after string) string { return map[string]string{"": "1", "1": "2", "2": "1"}[after] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			device := newFixture(t, answers{"GET /alarms/active": alarmPage(next)})
			alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
			require.NoError(t, err)
			assert.Len(t, device.requests(), 50)
			assert.True(t, alarms.More, "what comes after is not known")
		})
	}
	device := newFixture(t, answers{"GET /alarms/active": alarmPage(func(string) string { return "1" })})
	alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
	require.NoError(t, err)
	assert.Len(t, device.requests(), 2, "a cursor that stands still")
	assert.True(t, alarms.More)
}

func TestAFailedPageIsNoShorterList(t *testing.T) {
	t.Parallel()
	first := alarmPage(func(string) string { return "1" })
	device := newFixture(t, answers{"GET /alarms/active": inTurn(first, sayJSON(500, ""))})
	alarms, err := connect(t, device.URL).ActiveAlarms(t.Context())
	requireKind(t, err, audiocodes.ErrBadAnswer)
	assert.Empty(t, alarms)
}

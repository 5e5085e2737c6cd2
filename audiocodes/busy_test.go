package audiocodes_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// putOff answers a status with headers, by pairs of name and value.
func putOff(status int, pairs ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(pairs); i += 2 {
			w.Header().Set(pairs[i], pairs[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"description":"not now"}`)
	}
}

var (
	noon      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	noonText  = noon.Format(http.TimeFormat)
	ownPauses = []time.Duration{750 * time.Millisecond}
	thirty    = []time.Duration{30 * time.Second}
)

// atNoon are the headers of an answer of that time.
func atNoon(retryAfter string) []string { return []string{"Date", noonText, "Retry-After", retryAfter} }

// TestADeviceIsGivenTheTimeItAsksFor, by each status that asks for patience.
func TestADeviceIsGivenTheTimeItAsksFor(t *testing.T) {
	t.Parallel()
	inHalfAMinute := noon.Add(30 * time.Second)
	for name, test := range map[string]struct {
		header []string
		pauses []time.Duration // nil: it is not tried again
	}{
		"nothing":                     {nil, ownPauses},
		"seconds":                     {[]string{"Retry-After", "30"}, thirty},
		"seconds with space":          {[]string{"Retry-After", " 007 "}, []time.Duration{7 * time.Second}},
		"none":                        {[]string{"Retry-After", "0"}, ownPauses},
		"less than none":              {[]string{"Retry-After", "-30"}, ownPauses},
		"words":                       {[]string{"Retry-After", "soon"}, ownPauses},
		"a fraction":                  {[]string{"Retry-After", "1.5"}, ownPauses},
		"a unit":                      {[]string{"Retry-After", "30s"}, ownPauses},
		"empty":                       {[]string{"Retry-After", ""}, ownPauses},
		"all of our patience":         {[]string{"Retry-After", "3600"}, []time.Duration{hour}},
		"more than our patience":      {[]string{"Retry-After", "3601"}, nil},
		"more than a clock can hold":  {[]string{"Retry-After", "99999999999"}, nil},
		"more than a number can hold": {[]string{"Retry-After", "99999999999999999999999"}, nil},
		"a time":                      {atNoon(inHalfAMinute.Format(http.TimeFormat)), thirty},
		"a time as of old":            {atNoon(inHalfAMinute.Format("Monday, 02-Jan-06 15:04:05 GMT")), thirty},
		"a time as in C":              {atNoon(inHalfAMinute.Format(time.ANSIC)), thirty},
		"a time that is over":         {atNoon(noon.Add(-hour).Format(http.TimeFormat)), ownPauses},
		"now":                         {atNoon(noonText), ownPauses},
		"a time far away":             {atNoon("Fri, 31 Dec 9999 23:59:59 GMT"), nil},
		"a time without a date": {
			[]string{"Date", "", "Retry-After", "Mon, 01 Jan 0001 00:01:00 GMT"}, []time.Duration{time.Minute}},
		"a time that is none": {atNoon("Sun, 99 Nov 2026 12:00:30 GMT"), ownPauses},
		"a time, by a clock that is off": {
			[]string{"Date", "Thu, 01 Jan 1970 00:00:00 GMT", "Retry-After", "Thu, 01 Jan 1970 00:00:30 GMT"}, thirty},
	} {
		for _, status := range []int{408, 409, 423, 425, 429, 503} {
			t.Run(fmt.Sprint(status, " ", name), func(t *testing.T) {
				t.Parallel()
				device, waits := newFixture(t, answers{
					"GET /status": inTurn(putOff(status, test.header...), sayJSON(200, statusJSON)),
				}), new(clock)
				_, err := connect(t, device.URL, patient(waits)).Status(t.Context())
				assert.Equal(t, test.pauses, waits.pauses)
				if test.pauses != nil {
					require.NoError(t, err)
					return
				}
				requireKind(t, err, audiocodes.ErrBusy)
				assert.ErrorContains(t, err, "it asks to wait ")
				assert.Len(t, device.requests(), 1)
			})
		}
	}
}

func TestHowLongADeviceAsksToWaitIsTold(t *testing.T) {
	t.Parallel()
	for asked, told := range map[string]string{
		"90":                   "it asks to wait 1m30s",
		"7200":                 "it asks to wait 2h0m0s",
		"86401":                "it asks to wait more than a day",
		"99999999999999999999": "it asks to wait more than a day",
	} {
		device := newFixture(t, answers{
			"GET /status":      putOff(429, "Retry-After", asked),
			"POST " + savePath: putOff(503, "Retry-After", asked),
		})
		client := connect(t, device.URL)
		_, err := client.Status(t.Context())
		requireKind(t, err, audiocodes.ErrBusy)
		assert.ErrorContains(t, err, told)
		assert.ErrorContains(t, err, `the device says "not now"`)
		assert.ErrorContains(t, client.Save(t.Context()), told)
	}
}

// TestABusyDeviceHasRefusedNoPassword: not even with the first answer of all.
func TestABusyDeviceHasRefusedNoPassword(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 503} {
		routes := documented()
		read := routes["GET /status"]
		routes["GET /status"] = inTurn(putOff(status, "Retry-After", "5"), putOff(status), read)
		device, waits := newFixture(t, routes), new(clock)
		client := connect(t, device.URL, patient(waits))
		_, err := client.Status(t.Context())
		require.NoError(t, err)
		require.NoError(t, client.Save(t.Context()))
		assert.Len(t, waits.pauses, 2)
		assert.Equal(t, 5*time.Second, waits.pauses[0])
	}
}

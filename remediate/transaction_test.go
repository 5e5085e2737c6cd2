package remediate_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// TestTheJournalKnowsBeforeTheDevice: the journal has the intent of every write before it is sent, and records it as
// seen after it was read back.
func TestTheJournalKnowsBeforeTheDevice(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.OnRequest(func(_ int, request *http.Request) {
		if request.Method == http.MethodGet {
			return
		}
		last := r.journal[len(r.journal)-1]
		assert.EqualValues(t, remediate.EventIntent, last.Event, "%s %s", request.Method, request.URL.Path)
	})
	require.Equal(t, remediate.Applied, r.apply(remediate.Choice{}).Status)
	var events []remediate.Event
	for _, entry := range r.journal {
		events = append(events, remediate.Event(entry.Event))
	}
	write := []remediate.Event{remediate.EventIntent, remediate.EventAnswer, remediate.EventSeen}
	want := []remediate.Event{remediate.EventStart, remediate.EventBackup}
	for range 4 {
		want = append(want, write...)
	}
	assert.Equal(t, append(want, remediate.EventEnd), events)
	assert.Equal(t, string(remediate.Applied), r.journal[len(r.journal)-1].Detail)
}

// TestAJournalThatCannotBeWritten: at whichever record the disk fails, acfix sends no further write and saves nothing
// that is not recorded.
func TestAJournalThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	whole := newRig(t, preset(t, "7.4.500"))
	require.Equal(t, remediate.Applied, whole.apply(remediate.Choice{}).Status)
	for broken := range whole.journal[:len(whole.journal)-3] { // up to the intent to save
		r := newRig(t, preset(t, "7.4.500"))
		flash := r.device.Flash()
		records, writes := 0, -1
		r.journalErr = func(remediate.Record) error {
			if records++; records > broken {
				if writes < 0 {
					writes = r.device.Writes()
				}
				return errors.New("no space left on device")
			}
			return nil
		}
		result := r.apply(remediate.Choice{})
		require.Equal(t, remediate.Failed, result.Status, "record %d", broken)
		require.Contains(t, result.Error.Message, "no space left on device")
		require.Equal(t, writes, r.device.Writes(), "record %d: a write without a record", broken)
		require.Equal(t, flash, r.device.Flash())
	}
}

// TestAnHAPairThatSynchronises is waited for, and then blocks, before anything is written.
func TestAnHAPairThatSynchronises(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.HighAvailability = "Synchronizing"
	r := newRig(t, model)
	assert.Contains(t, codes(r.plan(remediate.Choice{}).Findings), remediate.HANotReady)
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.StatusBlocked, result.Status, "%+v", result.Error)
	last := result.Findings[len(result.Findings)-1]
	assert.Equal(t, remediate.HANotReady, last.Code)
	assert.Equal(t, remediate.Problem, last.Level)
	assert.Zero(t, r.device.Writes())
	assert.Greater(t, r.clock.Now().Sub(testTime), time.Minute, "it waited")
}

// TestAnHAPairThatGetsReady is waited for, and then repaired.
func TestAnHAPairThatGetsReady(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.HighAvailability = "Synchronizing"
	r := newRig(t, model)
	r.url = becomingReady(t, r)
	result := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
}

// becomingReady makes a device report that it synchronises in its first four answers, and that it is ready from then
// on.
func becomingReady(t *testing.T, r *rig) string {
	t.Helper()
	answers := 0
	return rewriting(t, r, "/status", func(body string) string {
		if answers++; answers > 4 {
			return strings.Replace(body, "Synchronizing", "Operational", 1)
		}
		return body
	})
}

// rewriting puts a handler in front of a device that changes its answers to one path.
func rewriting(t *testing.T, r *rig, path string, change func(string) string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		recorder := httptest.NewRecorder()
		r.device.ServeHTTP(recorder, request)
		body := recorder.Body.String()
		if strings.HasSuffix(request.URL.Path, path) {
			body = change(body)
		}
		w.WriteHeader(recorder.Code)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestNewAlarmsAreReported(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.Alarms = []mockdevice.Alarm{{ID: "1", Description: "fan"}}
	r := newRig(t, model)
	r.device.OnRequest(func(_ int, request *http.Request) {
		if request.Method == http.MethodPost {
			r.device.SetAlarms([]mockdevice.Alarm{{ID: "2", Description: "Proxy Set lost"}, {ID: "3", Description: "fan"}})
		}
	})
	result := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	require.Equal(t, remediate.NewAlarm, result.Findings[len(result.Findings)-1].Code)
	assert.Contains(t, result.Findings[len(result.Findings)-1].Message, "Proxy Set lost")
	for _, f := range result.Findings {
		assert.NotContains(t, f.Message, "fan")
	}
}

func TestADeviceWithoutAlarmsIsNoObstacle(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: "/alarms/active", Do: mockdevice.Status, Status: http.StatusNotFound})
	assert.Equal(t, remediate.Applied, r.apply(remediate.Choice{}).Status)
}

func TestAClockThatIsFarOffIsFound(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.604"))
	client := r.client(true)
	late := func() time.Time { return r.clock.Now().Add(100 * time.Hour) }
	state, err := remediate.Read(t.Context(), client, remediate.Choice{}, late)
	require.NoError(t, err)
	assert.Contains(t, codes(remediate.Build(state, r.terms(remediate.Choice{})).Findings), remediate.ClockOff)
	assert.NotContains(t, codes(r.plan(remediate.Choice{}).Findings), remediate.ClockOff)
}

// TestTheWholeDeviceIsReadOnceBeforeTheSave: one reading is compared with the backup and must be compliant.
func TestTheWholeDeviceIsReadOnceBeforeTheSave(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	point := r.repaired(remediate.Choice{})
	require.Equal(t, remediate.Applied, r.restore(point).Status)
	restored := readsBeforeSave(r)
	r.device.ResetLog()
	require.Equal(t, remediate.Applied, r.apply(remediate.Choice{}).Status)
	stores := []string{"GET /files/tls/0/trustedRoot", "GET /files/tls/1/trustedRoot"}
	rest := []string{"GET /files/ini", "GET /status"}
	applied := readsBeforeSave(r)
	require.Len(t, applied, 4)
	assert.ElementsMatch(t, stores, applied[:2], "the last import, read back with the other store")
	assert.Equal(t, rest, applied[2:])
	require.Len(t, restored, 6)
	assert.ElementsMatch(t, []string{"GET /files/tls/1/certificate", "GET /files/ini"}, restored[:2], "the switch, read back beside the certificate")
	assert.ElementsMatch(t, stores, restored[2:4])
	assert.Equal(t, rest, restored[4:])
}

// readsBeforeSave are the requests between the last change and the save.
func readsBeforeSave(r *rig) []string {
	var reads []string
	for _, request := range r.device.Requests() {
		switch request.Method {
		case http.MethodGet:
			reads = append(reads, request.Method+" "+request.Path)
		case http.MethodPost:
			return trimmed(reads)
		default:
			reads = nil
		}
	}
	return nil
}

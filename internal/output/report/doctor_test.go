package report_test

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func examined() doctor.Examination {
	return doctor.Examination{
		Target: "sbc1", URL: "https://192.0.2.10",
		Device: doctor.DeviceIdentity{Product: "Mediant VE SBC", Serial: "5740500", Firmware: "7.40A.500.357", Release: "7.4.500"},
		Connection: doctor.Connection{
			TLSVersion: "TLS 1.3", CipherSuite: "TLS_AES_128_GCM_SHA256", Certificate: "1a8c", KeyType: "RSA 2048",
			NotAfter: "2045-01-01T00:00:00Z", Authentication: "Digest", Offered: []string{"Basic", "Digest"},
		},
		Problems: []string{"the configuration can't be parsed: line 7"},
		Checks: []doctor.AssumptionCheck{
			{Number: 1, Title: "Reading an empty trust store", Result: doctor.Holds, Seen: "200 with an empty body"},
			{Number: 3, Title: "Order of a trust store", Result: doctor.Unknown, Seen: "needs a write"},
			{Number: 4, Title: "Import of a root that is already there", Result: doctor.Unknown, Seen: "needs a write"},
			{Number: 30, Title: "Shape of GET /files/tls", Result: doctor.DoesNotHold, Seen: "a bare list of 2"},
			{Number: 34, Title: "Digest nonces", Result: doctor.Unknown, Seen: "Digest is not used"},
		},
		Requests: []doctor.RequestTrace{
			{Path: "/status", Status: 200, Bytes: 405, Framing: audiocodes.ByLength, FirstByteMS: 12, TookMS: 13},
			{Path: "/files/ini", Status: 200, Bytes: 10904, Framing: audiocodes.ByChunks, Reused: true, FirstByteMS: 4200, TookMS: 4300},
		},
		Summary: map[doctor.AssumptionResult]int{doctor.Holds: 1, doctor.DoesNotHold: 1, doctor.Unknown: 3},
	}
}

func TestDoctorText(t *testing.T) {
	t.Parallel()
	for name, found := range map[string]doctor.Examination{"doctor": examined(), "doctor-nothing": {Target: "sbc1"}} {
		var text bytes.Buffer
		require.NoError(t, report.Doctor(&text, found, report.Style{}))
		assertTidy(t, text.Bytes())
		assertGolden(t, name, text.Bytes())
	}
}

// TestDoctorIsClean: nothing that a device said reaches the terminal raw.
func TestDoctorIsClean(t *testing.T) {
	t.Parallel()
	for _, style := range []report.Style{{}, {Color: true}} {
		for _, result := range []doctor.AssumptionResult{doctor.Holds, doctor.DoesNotHold, doctor.Unknown} {
			var found doctor.Examination
			fill(reflect.ValueOf(&found).Elem(), hostile, map[reflect.Type]bool{reflect.TypeFor[doctor.AssumptionResult](): true})
			for i := range found.Checks {
				found.Checks[i].Result = result
			}
			var text bytes.Buffer
			require.NoError(t, report.Doctor(&text, found, style))
			requireClean(t, text.Bytes(), style)
		}
	}
	assert.NotContains(t, foreign.Clean(hostile), "\x1b")
}

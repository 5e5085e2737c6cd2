package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/checks/doctor"
	"github.com/acfix/acfix/internal/checks/doctor/doctortest"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visit collects from a simulated device that goes wrong in these ways.
func visit(t *testing.T, model mockdevice.Model, faults ...string) (doctor.Observations, error) {
	t.Helper()
	return doctortest.Visit(t, model, func(device *mockdevice.Device) {
		for _, text := range faults {
			fault, err := mockdevice.ParseFault(text)
			require.NoError(t, err)
			device.AddFault(fault)
		}
	})
}

func examine(t *testing.T, model mockdevice.Model) doctor.Examination {
	t.Helper()
	observations, err := visit(t, model)
	require.NoError(t, err)
	return doctor.Examine(observations)
}

// with returns the numbers of the checks that ended so.
func with(report doctor.Examination, result doctor.AssumptionResult) []int {
	numbers := []int{}
	for _, check := range report.Checks {
		if check.Result == result {
			numbers = append(numbers, check.Number)
		}
	}
	return numbers
}

func seen(report doctor.Examination, number int) string {
	return report.Checks[number-1].Seen
}

// TestThePlainDeviceIsAsAssumed holds for every firmware; only what this firmware does not
// show stays unknown.
func TestThePlainDeviceIsAsAssumed(t *testing.T) {
	t.Parallel()
	for _, name := range mockdevice.PresetNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := examine(t, doctortest.Preset(t, name))
			assert.Empty(t, with(report, doctor.DoesNotHold), "%v", report.Checks)
			assert.Empty(t, report.Problems)
			for _, number := range []int{1, 2, 8, 9, 10, 18, 19, 20, 21, 22, 23, 25, 26, 28, 29, 30, 33, 38, 40, 41, 43, 51, 58, 59, 64, 65, 75} {
				assert.Equal(t, doctor.Holds, report.Checks[number-1].Result, "A%d: %s", number, seen(report, number))
			}
			assert.Equal(t, len(report.Checks), report.Summary[doctor.Holds]+report.Summary[doctor.Unknown])
			assert.Equal(t, "TLS 1.3", report.Connection.TLSVersion)
			assert.Equal(t, "Basic", report.Connection.Authentication)
		})
	}
}

// notVisible are the variants that only a write, a wrong password or an unusual request
// shows.
var notVisible = []string{
	"store-shuffled", "known-root-twice", "known-root-400", "several-roots-all", "several-roots-400",
	"load-drops-rows", "load-drops-rows-and-files", "load-drops-tables", "load-resets-connections", "load-empty-answer",
	"load-ignores-unknown", "bundle-above-four-ignored", "cli-crlf", "cli-checksum", "blocked-403", "expect-400",
	"http-redirect", "save-json", "save-slow", "save-empty-only", "ha-busy",
	"save-flag-blind", "save-flag-cached", "save-no-effect", "save-302", "save-400", "save-403", "save-409", "save-500",
	"save-restart-lost", "save-restart-lost-500", "save-restart", "save-restart-500",
	"store-stale", "store-short", "ini-stale", "ini-short", "import-400-costs-root", "import-409-costs-root",
	"import-shows-late",
}

// elsewhere are variants that need another device to show on than the usual one, and
// those with which a second assumption falls.
var elsewhere = map[string]struct {
	preset string
	quiet  bool // without alarms
	also   []int
}{
	"columns-plain":     {preset: "7.0"},
	"no-alarms-200":     {quiet: true},
	"auth-digest-stale": {also: []int{33}},
	"close-delimited":   {also: []int{41}},
}

// TestDoctorNamesWhatDoesNotHold switches every variant and every quirk on, one at a time.
func TestDoctorNamesWhatDoesNotHold(t *testing.T) {
	t.Parallel()
	for _, variant := range slices.Concat(mockdevice.Variants(), mockdevice.Quirks()) {
		t.Run(variant.Name, func(t *testing.T) {
			t.Parallel()
			special := elsewhere[variant.Name]
			model := doctortest.Preset(t, "7.4.500")
			if special.preset != "" {
				model = doctortest.Preset(t, special.preset)
			}
			if special.quiet {
				model.Alarms = nil
			}
			variant.Set(&model.Dialect)
			want := append([]int{variant.Number}, special.also...)
			if slices.Contains(notVisible, variant.Name) {
				want = []int{}
			}
			slices.Sort(want)
			report := examine(t, model)
			assert.Equal(t, want, with(report, doctor.DoesNotHold), "%+v", report.Checks)
			for _, number := range want {
				assert.NotEmpty(t, seen(report, number))
			}
		})
	}
}

func TestWhatNeedsAWriteIsUnknown(t *testing.T) {
	t.Parallel()
	report := examine(t, doctortest.Preset(t, "7.6"))
	for _, number := range []int{3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16, 17, 31, 32, 44, 45, 46, 47, 48, 50, 52, 53, 54, 55, 56, 57, 60, 61, 63, 68, 71, 72, 73} {
		assert.Equal(t, doctor.Unknown, report.Checks[number-1].Result)
		assert.Equal(t, "needs a write", seen(report, number))
	}
}

func TestWhatIsSeenIsSaid(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*mockdevice.Model)
		number int
		result doctor.AssumptionResult
		seen   string
	}{
		"a new column": {func(m *mockdevice.Model) { addColumn(m, "TLSContexts", "QuantumSafe") },
			19, doctor.DoesNotHold, "TLSContexts: missing none; new QuantumSafe"},
		"a secret-like column name is only counted": {func(m *mockdevice.Model) { addColumn(m, "TLSContexts", "a b") },
			19, doctor.DoesNotHold, "TLSContexts: missing none; new 1 that are not plain names"},
		"no list for it": {func(m *mockdevice.Model) { m.Firmware = "8.00A.001.001" }, 19, doctor.Unknown, "acfix knows no columns for this firmware"},
		"both stores full": {func(m *mockdevice.Model) { m.Contexts[0].Roots = [][]byte{mockdevice.SelfMadeRoot("x")} },
			1, doctor.Unknown, "no store is empty"},
		"no certificate": {func(m *mockdevice.Model) { m.Contexts[1].Certificate = nil }, 49, doctor.Holds, "400"},
		"early 7.4 with the column": {func(m *mockdevice.Model) { m.Firmware = "7.40A.100.838" },
			64, doctor.DoesNotHold, "this firmware has the column"},
		"two alarms": {func(m *mockdevice.Model) { m.Alarms = append(m.Alarms, mockdevice.Alarm{ID: "2"}) },
			59, doctor.Holds, `limit=1 gives one of 2 or more alarms, and "after" is its ID`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := doctortest.Preset(t, "7.4.500")
			test.change(&model)
			report := examine(t, model)
			assert.Equal(t, test.result, report.Checks[test.number-1].Result)
			assert.Equal(t, test.seen, seen(report, test.number))
		})
	}
}

func addColumn(m *mockdevice.Model, table, name string) {
	for i := range m.Tables {
		if t := &m.Tables[i]; t.Name == table {
			t.Columns = append(slices.Clip(t.Columns), mockdevice.Column{Name: name})
			for r := range t.Rows {
				t.Rows[r].Cells = append(slices.Clip(t.Rows[r].Cells), "0")
			}
		}
	}
}

// TestAConfigurationThatCannotBeParsedIsStillExamined: that is when a report matters most.
func TestAConfigurationThatCannotBeParsedIsStillExamined(t *testing.T) {
	t.Parallel()
	o, err := visit(t, doctortest.Preset(t, "7.4.500"))
	require.NoError(t, err)
	o.Configuration.Body = []byte(strings.Replace(string(o.Configuration.Body), `[ \TLSContexts ]`, "", 1))
	report := doctor.Examine(o)
	require.Len(t, report.Problems, 1)
	assert.Contains(t, report.Problems[0], "TLSContexts")
	assert.Equal(t, doctor.Unknown, report.Checks[18].Result)
	assert.Equal(t, doctor.Holds, report.Checks[20].Result, "line ends can be seen all the same")
}

func TestADeviceThatGivesNoStatusOrConfigurationIsNotExamined(t *testing.T) {
	t.Parallel()
	for path, faults := range map[string]map[string]error{
		"/status":    {"html": audiocodes.ErrBadAnswer, "status=403": audiocodes.ErrForbidden, "drop": audiocodes.ErrUnreachable},
		"/files/ini": {"html": audiocodes.ErrBadAnswer, "status=403": audiocodes.ErrForbidden, "status=409": audiocodes.ErrBusy},
		"/files/tls": {"drop": audiocodes.ErrUnreachable},
	} {
		for fault, want := range faults {
			t.Run(path+" "+fault, func(t *testing.T) {
				t.Parallel()
				_, err := visit(t, doctortest.Preset(t, "7.6"), "GET "+path+" "+fault)
				assert.ErrorIs(t, err, want)
			})
		}
	}
}

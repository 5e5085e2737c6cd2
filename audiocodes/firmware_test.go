package audiocodes_test

import (
	"strings"
	"testing"

	"github.com/acfix/acfix/audiocodes"
	"github.com/hashicorp/go-version"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The bands in which devices differ.
const (
	early  = "below 7.40.300"
	middle = "7.40.300 to below 7.40.600"
	late   = "7.40.600 and later 7.40"
	newest = "7.60"
)

func band(f audiocodes.Firmware) string {
	for _, b := range []struct{ from, name string }{{"7.60", newest}, {"7.40.600", late}, {"7.40.300", middle}} {
		if f.Version().GreaterThanOrEqual(version.Must(version.NewVersion(b.from))) {
			return b.name
		}
	}
	return early
}

var seenVersions = []struct{ device, release, plain, band string }{
	{"6.60A.349.001", "6.6.349", "6.60.349.1", early},
	{"6.60A.367.005", "6.6.367", "6.60.367.5", early},
	{"7.00A.040.004", "7.0.040", "7.0.40.4", early},
	{"7.00A.049.003", "7.0.049", "7.0.49.3", early},
	{"7.20A.156.028", "7.2.156", "7.20.156.28", early},
	{"7.20A.200.014", "7.2.200", "7.20.200.14", early},
	{"7.20A.201.357", "7.2.201", "7.20.201.357", early},
	{"7.20A.204.222", "7.2.204", "7.20.204.222", early},
	{"7.20A.204.549", "7.2.204", "7.20.204.549", early},
	{"7.20A.250.003", "7.2.250", "7.20.250.3", early},
	{"7.20A.256.511", "7.2.256", "7.20.256.511", early},
	{"7.20A.258.119", "7.2.258", "7.20.258.119", early},
	{"7.20A.258.459", "7.2.258", "7.20.258.459", early},
	{"7.20A.260.012", "7.2.260", "7.20.260.12", early},
	{"7.26A.356.075", "7.26.356", "7.26.356.75", early},
	{"7.40A.002.007", "7.4.002", "7.40.2.7", early},
	{"7.40A.005.314", "7.4.005", "7.40.5.314", early},
	{"7.40A.005.619", "7.4.005", "7.40.5.619", early},
	{"7.40A.100.838", "7.4.100", "7.40.100.838", early},
	{"7.40A.250.010", "7.4.250", "7.40.250.10", early},
	{"7.40A.250.265", "7.4.250", "7.40.250.265", early},
	{"7.40A.250.440", "7.4.250", "7.40.250.440", early},
	{"7.40A.400.063", "7.4.400", "7.40.400.63", middle},
	{"7.40A.500.357", "7.4.500", "7.40.500.357", middle},
	{"7.40A.500.781", "7.4.500", "7.40.500.781", middle},
	{"7.40A.500.786", "7.4.500", "7.40.500.786", middle},
	{"7.40A.600.014", "7.4.600", "7.40.600.14", late},
	{"7.40A.600.203", "7.4.600", "7.40.600.203", late},
	{"7.40A.600.231", "7.4.600", "7.40.600.231", late},
	{"7.40A.603.319", "7.4.603", "7.40.603.319", late},
	{"7.40A.604.077", "7.4.604", "7.40.604.77", late},
	{"7.40A.605.092", "7.4.605", "7.40.605.92", late},
	{"7.60A.300.042", "7.6.300", "7.60.300.42", newest},
}

func TestParseFirmwareReadsEveryVersionSeen(t *testing.T) {
	t.Parallel()
	for i, test := range seenVersions {
		t.Run(test.device, func(t *testing.T) {
			t.Parallel()
			firmware := parse(t, test.device)
			assert.Equal(t, test.release, firmware.Release())
			assert.Equal(t, test.plain, firmware.Version().String())
			assert.Equal(t, test.band, band(firmware))
			assert.Equal(t, test.device, firmware.String())
			if i > 0 {
				assert.True(t, firmware.Version().GreaterThan(parse(t, seenVersions[i-1].device).Version()), "the table is in order")
			}
		})
	}
}

func parse(t *testing.T, text string) audiocodes.Firmware {
	t.Helper()
	firmware, err := audiocodes.ParseFirmware(text)
	require.NoError(t, err)
	return firmware
}

func TestParseFirmwareReadsWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ text, release, plain string }{
		{"7.4.500", "7.4.500", "7.40.500.0"},
		{"7.6", "7.6.000", "7.60.0.0"},
		{"7.4", "7.4.000", "7.40.0.0"},
		{"7.40", "7.4.000", "7.40.0.0"},
		{"7.0", "7.0.000", "7.0.0.0"},
		{"7.2.204", "7.2.204", "7.20.204.0"},
		{"7.26.356", "7.26.356", "7.26.356.0"},
		{"7.05.001", "7.05.001", "7.5.1.0"},
		{"7.40.500.357", "7.4.500", "7.40.500.357"},
		{"7.4.500.357", "7.4.500", "7.40.500.357"},
		{"7.4.005", "7.4.005", "7.40.5.0"},
		{"7.40A.500", "7.4.500", "7.40.500.0"},
		{"  7.40A.500.357\n", "7.4.500", "7.40.500.357"},
	} {
		t.Run(strings.TrimSpace(test.text), func(t *testing.T) {
			t.Parallel()
			firmware := parse(t, test.text)
			assert.Equal(t, test.release, firmware.Release())
			assert.Equal(t, test.plain, firmware.Version().String())
		})
	}
}

func TestParseFirmwareRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", " ", "7", "7.", ".7", "seven", "v7.4.500", "7.40A", "7.4A.500.357", "7.40ABC.500.357", "7.40Ä.500.357", "7.40A1.500.357", "7.40 A.500.357", "7.40A.500.357.1",
		"7.40A.5000.357", "7.40A.500.3570", "7.20CO", "7.20CO258.034", "CO7.20.258.034", "7.40A.-1.357", "7.4.500-rc1", "7.400.500", "7,4", "7.40A.500.357 extra", "７.４",
		"1234.40A.500.357", "7.40A..357", strings.Repeat("7.", 1000),
	} {
		_, err := audiocodes.ParseFirmware(text)
		assert.ErrorContains(t, err, "is no firmware version", "%q", text)
	}
}

// TestFirmwareWithOtherLetters: 7.20CO.258.034 is the CentOS line of 7.2 in a cloud marketplace.
func TestFirmwareWithOtherLetters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, letters, release, plain string
		ofRule                        bool
	}{
		{"7.20CO.258.034", "CO", "7.2.258", "7.20.258.34", false},
		{"7.20co.258.034", "CO", "7.2.258", "7.20.258.34", false},
		{"7.40Co.600.014", "CO", "7.4.600", "7.40.600.14", false},
		{" 7.40CO.500\n", "CO", "7.4.500", "7.40.500.0", false},
		{"7.60B.300.042", "B", "7.6.300", "7.60.300.42", false},
		{"7.40b.500.357", "B", "7.4.500", "7.40.500.357", false},
		{"7.40AA.500.357", "AA", "7.4.500", "7.40.500.357", false},
		{"7.40a.500.357", "A", "7.4.500", "7.40.500.357", true},
		{"7.40A.500.357", "A", "7.4.500", "7.40.500.357", true},
		{"7.4.500", "", "7.4.500", "7.40.500.0", true},
	} {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			firmware := parse(t, test.text)
			assert.Equal(t, test.letters, firmware.Letters)
			assert.Equal(t, test.release, firmware.Release())
			assert.Equal(t, test.plain, firmware.Version().String())
			assert.Equal(t, test.ofRule, firmware.OfBundleRule())
			assert.Equal(t, strings.TrimSpace(test.text), firmware.String(), "shown as the device writes it")
		})
	}
}

func TestFirmwareComparesWhereTheRawTextWouldNot(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ older, newer string }{
		{"7.40A.250.010", "7.4.600"},
		{"7.40.000", "7.40A.500.357"},
		{"7.20A.258.459", "7.4.500"},
	} {
		t.Run(test.older+" is older than "+test.newer, func(t *testing.T) {
			t.Parallel()
			rawOlder, rawNewer := version.Must(version.NewVersion(test.older)), version.Must(version.NewVersion(test.newer))
			assert.False(t, rawOlder.LessThan(rawNewer), "go-version alone would be right, so the parser is not needed")
			assert.True(t, parse(t, test.older).Version().LessThan(parse(t, test.newer).Version()))
		})
	}
}

func FuzzParseFirmware(f *testing.F) {
	for _, seen := range seenVersions {
		f.Add(seen.device)
		f.Add(seen.release)
	}
	f.Add("7.05A.1")
	f.Add("7.20CO.258.034")
	f.Add("7.40co.1")
	f.Fuzz(func(t *testing.T, text string) {
		firmware, err := audiocodes.ParseFirmware(text)
		if err != nil {
			return
		}
		assert.Equal(t, strings.TrimSpace(text), firmware.String())
		assert.NotNil(t, firmware.Version())
		again := parse(t, firmware.Release())
		assert.Equal(t, []int{firmware.Major, firmware.Minor, firmware.Feature}, []int{again.Major, again.Minor, again.Feature},
			"the release text means the same version")
	})
}

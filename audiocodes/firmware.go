package audiocodes

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/go-version"
)

// Firmware is a version of the device's software. "7.40A.500.357" is major 7, minor 40,
// feature 500, build 357: release 7.4.500 (device documents, chapter "Versions").
type Firmware struct {
	Raw                          string // as given
	Major, Minor, Feature, Build int
	// Letters follow the minor number, in capitals: "A" on every documented Mediant, "CO" on the
	// CentOS line of cloud marketplaces ("7.20CO.258.034"); "" in the short form ("7.4.500").
	Letters string
}

var (
	deviceVersion = regexp.MustCompile(`^(\d{1,3})\.(\d{2})([A-Za-z]{1,2})\.(\d{1,3})(?:\.(\d{1,3}))?$`)
	peopleVersion = regexp.MustCompile(`^(\d{1,3})\.(\d{1,2})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?$`)
)

// ParseFirmware reads a version as devices write it ("7.40A.500.357") or as people do ("7.4.500", "7.6"). Version
// leaves the letters out: go-version takes "A.500" for a pre-release and would put 7.40A.250 above 7.4.600.
func ParseFirmware(text string) (Firmware, error) {
	text = strings.TrimSpace(text)
	if m := deviceVersion.FindStringSubmatch(text); m != nil {
		return Firmware{
			Raw: text, Major: number(m[1]), Minor: number(m[2]), Letters: strings.ToUpper(m[3]),
			Feature: number(m[4]), Build: number(m[5]),
		}, nil
	}
	m := peopleVersion.FindStringSubmatch(text)
	if m == nil {
		return Firmware{}, fmt.Errorf("%q is no firmware version (expected the form 7.40A.500.357 or 7.4.500)", text)
	}
	minor := number(m[2])
	if len(m[2]) == 1 { // people write 7.4, devices 7.40
		minor *= 10
	}
	return Firmware{Raw: text, Major: number(m[1]), Minor: minor, Feature: number(m[3]), Build: number(m[4])}, nil
}

// number converts digits that a pattern has already limited; an absent group is 0.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// Release returns the version as people write it, without the build: "7.4.500", "7.2.204". The
// feature keeps three digits, so that 7.40A.005 cannot be read as 7.4.500.
func (f Firmware) Release() string {
	minor := fmt.Sprintf("%02d", f.Minor)
	if f.Minor%10 == 0 {
		minor = strconv.Itoa(f.Minor / 10)
	}
	return fmt.Sprintf("%d.%s.%03d", f.Major, minor, f.Feature)
}

// Version returns the firmware in plain numbers, for comparisons: 7.40.500.357.
func (f Firmware) Version() *version.Version {
	return version.Must(version.NewVersion(fmt.Sprintf("%d.%d.%d.%d", f.Major, f.Minor, f.Feature, f.Build)))
}

// OfBundleRule reports whether AudioCodes' statements about the default CA bundle cover this firmware: they name only
// versions with the letter A. What bundles other letters have is unknown.
func (f Firmware) OfBundleRule() bool { return f.Letters == "" || f.Letters == "A" }

// String returns the version as it was given.
func (f Firmware) String() string { return f.Raw }

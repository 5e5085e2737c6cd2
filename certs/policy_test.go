package certs_test

import (
	"slices"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/hashicorp/go-version"
	"github.com/stretchr/testify/assert"
)

// g5 are the two roots that came with 7.4.600.
var g5 = []string{"DigiCert TLS ECC P384 Root G5", "DigiCert TLS RSA4096 Root G5"}

// The firmware is in plain numbers: 7.40A.600.014 is 7.40.600.14.
func TestBundled(t *testing.T) {
	t.Parallel()
	all, allButG5, none := []string(nil), g5, namesOfRequired()
	tests := map[string][]string{ // firmware -> what its bundle lacks
		"6.60.349.1":   none,
		"7.0.40.4":     none,
		"7.20.204.549": none,
		"7.20.258.459": none,
		"7.26.356.75":  none,
		"7.40.2.7":     none,
		"7.40.5.619":   none,
		"7.40.100.838": none,
		"7.40.250.440": none,
		"7.40.299.999": none,
		"7.40.300.0":   allButG5,
		"7.40.300.1":   allButG5,
		"7.40.400.63":  allButG5,
		"7.40.500.786": allButG5,
		"7.40.599.999": allButG5,
		"7.40.600.0":   all,
		"7.40.600.14":  all,
		"7.40.605.92":  all,
		"7.40.999.1":   all,
		"7.41.600.1":   none,
		"7.50.600.1":   none,
		"7.60.0.0":     all,
		"7.60.300.42":  all,
		"7.61.0.0":     none,
		"7.80.100.1":   none,
		"8.0.0.0":      none,
		"8.40.600.1":   none,
	}
	for firmware, lacking := range tests {
		t.Run(firmware, func(t *testing.T) {
			t.Parallel()
			for _, root := range certs.Required() {
				assert.Equal(t, !slices.Contains(lacking, root.Name), certs.TeamsPolicy().Bundled(plain(firmware), root), root.Name)
			}
		})
	}
}

func namesOfRequired() []string {
	var names []string
	for _, root := range certs.Required() {
		names = append(names, root.Name)
	}
	return names
}

func plain(firmware string) *version.Version { return version.Must(version.NewVersion(firmware)) }

func TestKnowsLine(t *testing.T) {
	t.Parallel()
	for firmware, known := range map[string]bool{
		"6.60.349.1": true, "7.0.40.4": true, "7.20.258.459": true, "7.26.356.75": true, "7.40.600.14": true,
		"7.50.0.0": true, "7.60.0.0": true, "7.60.999.999": true,
		"7.61.0.0": false, "7.80.0.0": false, "8.0.0.0": false, "8.40.600.0": false, "10.0.0.0": false,
	} {
		assert.Equal(t, known, certs.TeamsPolicy().KnowsLine(plain(firmware)), firmware)
	}
}

func TestNeedsUpgradeProcedure(t *testing.T) {
	t.Parallel()
	for firmware, needs := range map[string]bool{
		"6.60.349.1": true, "7.0.49.3": true, "7.20.156.28": true, "7.20.204.222": true, "7.20.204.548": true,
		"7.20.204.549": false, "7.20.204.550": false, "7.20.205.0": false, "7.20.258.119": false,
		"7.26.356.75": false, "7.40.2.7": false, "7.60.300.42": false,
	} {
		assert.Equal(t, needs, certs.TeamsPolicy().NeedsUpgradeProcedure(plain(firmware)), firmware)
	}
}

func TestAddedByFirmware(t *testing.T) {
	t.Parallel()
	for _, root := range certs.Required() {
		wanted := "7.4.300"
		if slices.Contains(g5, root.Name) {
			wanted = "7.4.600"
		}
		assert.Equal(t, wanted, certs.TeamsPolicy().AddedByFirmware(root), root.Name)
	}
	assert.Empty(t, certs.Policy{}.AddedByFirmware(certs.Required()[0]))
}

func TestPolicyHasItsSourceAndDate(t *testing.T) {
	t.Parallel()
	policy := certs.TeamsPolicy()
	assert.NotEmpty(t, policy.ID)
	assert.NotEmpty(t, policy.Source)
	_, err := time.Parse(time.DateOnly, policy.Date)
	assert.NoError(t, err)
}

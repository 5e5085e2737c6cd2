package world

import (
	"testing"

	"github.com/acfix/acfix/mockdevice"
)

// TestUndisturbed plays every firmware and every dialect with nothing in between: whatever the
// judge finds there would be its own mistake, or a plain fault.
func TestUndisturbed(t *testing.T) {
	t.Parallel()
	acts := []Act{{Do: Apply}, {Do: Restore}, {Do: Plan}, {Do: ApplyPlan, Of: 2}}
	for _, preset := range mockdevice.PresetNames() {
		t.Run(preset, func(t *testing.T) {
			t.Parallel()
			requireAsExpected(t, World{Preset: preset, Acts: acts})
		})
	}
	for _, name := range playable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			requireAsExpected(t, World{Preset: "7.4.500", Variants: []string{name}, Acts: acts})
		})
	}
}

// playable are the variants that a world can have. The line between acfix and the device is plain
// HTTP here and not the mock's own server, so what concerns TLS and connections is left to other
// tests, and so are devices that lose rows on every load.
func playable() []string {
	var names []string
	for _, variant := range mockdevice.Variants() {
		var dialect mockdevice.Dialect
		variant.Set(&dialect)
		if dialect.LoadDrops == mockdevice.DropsNothing && !dialect.LoadResetsConnections && !dialect.HTTPRedirect &&
			!dialect.TLS12Only {
			names = append(names, variant.Name)
		}
	}
	return names
}

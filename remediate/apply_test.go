package remediate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// firmwares says how many roots the rule asks to import on each firmware, and whether it has the switch.
var firmwares = map[string]struct {
	imports  int
	switches bool
}{
	"7.0":       {7, false},
	"7.2":       {7, false},
	"7.4-early": {7, false},
	"7.4.250":   {7, true},
	"7.4.500":   {2, true},
	"7.4.604":   {0, true},
	"7.6":       {0, true},
}

func TestEveryFirmwareEndsCompliant(t *testing.T) {
	require.Len(t, firmwares, len(mockdevice.PresetNames()), "a preset without expectation")
	for name, want := range firmwares {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, name))
			result := r.apply(remediate.Choice{})
			require.Nil(t, result.Error)
			require.Equal(t, remediate.Applied, result.Status)
			r.requireNoWriteBeforeBackup()
			requireRepaired(t, r, want.imports, want.switches)
			requireSecondApplyWritesNothing(t, r)
		})
	}
}

// TestFirmwareThatTheRuleDoesNotSpeakOfGetsAllSeven: its bundle is unknown, and a plan made after the repair must
// agree.
func TestFirmwareThatTheRuleDoesNotSpeakOfGetsAllSeven(t *testing.T) {
	for firmware, choice := range map[string]remediate.Choice{
		"7.20CO.258.034": {}, "7.40co.604.077": {}, "7.60B.300.042": {}, "7.80CO.100.001": {},
		"7.20COX.258.034": {AllRoots: true}, "": {AllRoots: true}, "seven": {AllRoots: true},
	} {
		t.Run(firmware, func(t *testing.T) {
			t.Parallel()
			model := preset(t, "7.4.604")
			model.Firmware = firmware
			r := newRig(t, model)
			result := r.apply(choice)
			require.Nil(t, result.Error)
			require.Equal(t, remediate.Applied, result.Status)
			requireRepaired(t, r, 7, true)
			second := r.apply(choice)
			require.Nil(t, second.Error)
			require.Equal(t, remediate.Unchanged, second.Status)
		})
	}
}

// requireRepaired checks the device itself, not what acfix says about it.
func requireRepaired(t *testing.T, r *rig, imports int, switches bool) {
	t.Helper()
	running := r.device.Running()
	require.Equal(t, running, r.device.Flash(), "what is in RAM must be in flash")
	require.False(t, r.device.SaveNeeded())
	if switches {
		require.Equal(t, "1", running.Cell("TLSContexts", 1, "UseDefaultCABundle"))
		require.Equal(t, "0", running.Cell("TLSContexts", 0, "UseDefaultCABundle"), "context 0 is never touched")
	}
	held := map[string]int{}
	for _, fingerprint := range running.Roots[1] {
		held[fingerprint]++
	}
	required := 0
	for _, root := range certs.Required() {
		require.LessOrEqual(t, held[root.SHA256], 1, "%s stands there twice", root.Name)
		required += held[root.SHA256]
	}
	require.Equal(t, imports, required, "imported roots")
	require.Len(t, running.Roots[1], imports+2, "the two roots of the preset stay")
	require.Empty(t, running.Roots[0], "context 0 is never touched")
}

func requireSecondApplyWritesNothing(t *testing.T, r *rig) {
	t.Helper()
	r.device.ResetLog()
	again := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Unchanged, again.Status, "%+v", again)
	require.Zero(t, r.device.Writes())
}

// damaging are the dialects on which a load of one row destroys others. They can't end compliant: acfix puts the
// damage back, or says that it can't.
var damaging = map[mockdevice.LoadDrops]remediate.Status{
	mockdevice.DropsRows:         remediate.RolledBack,
	mockdevice.DropsRowsAndFiles: remediate.RolledBack, // context 0 of the presets has no files to lose
	mockdevice.DropsTables:       remediate.Failed,
}

func TestEveryDialectAlone(t *testing.T) {
	for _, variant := range mockdevice.Variants() {
		for _, name := range []string{"7.0", "7.4.500"} {
			t.Run(fmt.Sprintf("%s on %s", variant.Name, name), func(t *testing.T) {
				t.Parallel()
				model := preset(t, name)
				variant.Set(&model.Dialect)
				requireSurvives(t, model, name)
			})
		}
	}
}

func TestDialectsInRandomCombinations(t *testing.T) {
	const combinations = 150
	random := rand.New(rand.NewPCG(2026, 11))
	for n := range combinations {
		name := mockdevice.PresetNames()[n%len(mockdevice.PresetNames())]
		model := preset(t, name)
		model.Dialect.Seed = random.Uint64()
		groups := map[string]bool{}
		var chosen []string
		for _, i := range random.Perm(len(mockdevice.Variants())) {
			variant := mockdevice.Variants()[i]
			if random.IntN(3) > 0 || variant.Group != "" && groups[variant.Group] {
				continue
			}
			groups[variant.Group] = true
			chosen = append(chosen, variant.Name)
			variant.Set(&model.Dialect)
		}
		t.Run(fmt.Sprintf("%d on %s", n, name), func(t *testing.T) {
			t.Parallel()
			t.Logf("dialects: %v", chosen)
			requireSurvives(t, model, name)
		})
	}
}

// requireSurvives applies to a device of that dialect: it ends compliant or, if a load destroys what it does not
// mention, with nothing saved and a true result.
func requireSurvives(t *testing.T, model mockdevice.Model, name string) {
	t.Helper()
	r := newRig(t, model)
	before := r.device.Running()
	result := r.apply(remediate.Choice{})
	r.requireNoWriteBeforeBackup()
	want := firmwares[name]
	if status, damages := damaging[model.Dialect.LoadDrops]; damages && want.switches {
		require.Equal(t, status, result.Status, "%+v", result.Error)
		require.Equal(t, remediate.CodeNotVerified, result.Error.Code)
		require.Equal(t, before, r.device.Flash(), "nothing may be saved")
		if status == remediate.RolledBack {
			require.Equal(t, before, r.device.Running(), "put back exactly")
		}
		return
	}
	require.Nil(t, result.Error)
	require.Equal(t, remediate.Applied, result.Status)
	requireRepaired(t, r, want.imports, want.switches)
	requireSecondApplyWritesNothing(t, r)
}

func TestNothingIsWrittenWithoutABackup(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.archiveErr = errors.New("no space left on device")
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeBackupFailed, result.Error.Code)
	assert.Contains(t, result.Error.Message, "no space left on device")
	assert.Zero(t, r.device.Writes())
}

func TestADeviceThatChangedSinceThePlanIsLeftAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.plan(remediate.Choice{})
	r.device.SetCell("SIPInterface", 1, "TLSContext", "default")
	result := r.carryOut(context.Background(), plan, remediate.Choice{})
	assert.Equal(t, remediate.Stale, result.Status)
	assert.Equal(t, remediate.CodeDrift, result.Error.Code)
	assert.Zero(t, r.device.Writes())
}

func TestAnotherAdministratorMidRunIsNotSavedWithUs(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	flash := r.device.Flash()
	var once sync.Once
	r.device.OnRequest(func(_ int, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/trustedRoot/incremental") {
			once.Do(func() { r.device.SetCell("ProxySet", 0, "ProxyKeepAliveTime", "61") })
		}
	})
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeDrift, result.Error.Code)
	assert.Contains(t, result.Error.Message, "ProxyKeepAliveTime")
	assert.Len(t, result.LeftOnDevice, 3)
	assert.Equal(t, flash, r.device.Flash(), "nothing may be saved")
	assert.Equal(t, "61", r.device.Running().Cell("ProxySet", 0, "ProxyKeepAliveTime"), "nor undone")
}

func TestAnAcceptedAndIgnoredWriteIsNotVerified(t *testing.T) {
	for name, path := range map[string]string{
		"switch": "/files/ini/incremental",
		"import": "/files/tls/1/trustedRoot/incremental",
		"save":   "/actions/saveConfiguration",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			flash := r.device.Flash()
			r.device.AddFault(mockdevice.Fault{Path: path, Do: mockdevice.Ignore})
			result := r.apply(remediate.Choice{})
			assert.Equal(t, remediate.Failed, result.Status)
			assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
			assert.Equal(t, flash, r.device.Flash(), "never saved")
		})
	}
}

func TestDamageIsPutBackExactly(t *testing.T) {
	for _, action := range []mockdevice.Action{mockdevice.DamageOtherCell, mockdevice.DamageOtherRow} {
		t.Run(action.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			before := r.device.Running()
			r.device.AddFault(mockdevice.Fault{Path: "/files/ini/incremental", Count: 1, Do: action})
			result := r.apply(remediate.Choice{})
			assert.Equal(t, remediate.RolledBack, result.Status, "%+v", result.Error)
			assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
			assert.Contains(t, result.Error.Message, "it was put back as it was, and nothing was saved")
			assert.Equal(t, before.Configuration, r.device.Running().Configuration)
			assert.Equal(t, before, r.device.Flash())
			assert.Empty(t, result.LeftOnDevice)
		})
	}
}

func TestFilesThatWentWithARowAreNamed(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.Dialect.LoadDrops = mockdevice.DropsRowsAndFiles
	model.Contexts[0].Roots = append(model.Contexts[0].Roots, mockdevice.SelfMadeRoot("Management CA"))
	r := newRig(t, model)
	flash := r.device.Flash()
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Failed, result.Status, "a table alone is not all")
	assert.Contains(t, result.Error.Message, `trusted root "Management CA" of TLS Context 0`)
	assert.Equal(t, flash, r.device.Flash())
}

func TestAStopEndsBetweenTwoSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	close(r.stop)
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeInterrupted, result.Error.Code)
	assert.Zero(t, r.device.Writes())
	for _, step := range result.Steps {
		assert.Equal(t, remediate.StepPending, step.Status)
	}
}

func TestALostAnswerIsSettledByReading(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.250"))
	r.device.AddFault(mockdevice.Fault{Method: "PUT", When: mockdevice.After, Do: mockdevice.Drop})
	r.device.AddFault(mockdevice.Fault{Method: "POST", When: mockdevice.After, Do: mockdevice.Drop})
	result := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	requireRepaired(t, r, 7, true)
}

func TestAWriteThatComesLateIsFoundOrCalledUnknown(t *testing.T) {
	for _, after := range []int{1, 3, 50} {
		t.Run(fmt.Sprintf("after %d requests", after), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/trustedRoot/incremental", Count: 1, Do: mockdevice.Late, LateAfter: after})
			result := r.apply(remediate.Choice{})
			if result.Status != remediate.Applied {
				assert.Contains(t, result.Error.Message, "unknown")
				assert.True(t, slices.ContainsFunc(result.LeftOnDevice, func(s remediate.StepResult) bool { return s.Status == remediate.StepFailed }))
			}
			for range after {
				_ = r.plan(remediate.Choice{})
			}
			_ = r.apply(remediate.Choice{})
			requireRepaired(t, r, 2, true)
		})
	}
}

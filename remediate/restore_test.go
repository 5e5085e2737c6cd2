package remediate_test

import (
	"context"
	"fmt"
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

func TestRestoreAfterApplyBringsBackStoreAndSwitch(t *testing.T) {
	for _, name := range mockdevice.PresetNames() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, name))
			before := r.device.Flash()
			point := r.repaired(remediate.Choice{})
			require.NotEqual(t, before, r.device.Flash())
			result := r.restore(point)
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			assert.Empty(t, result.ByHand)
			r.requireNoWriteBeforeBackup()
			require.Equal(t, before, r.device.Flash(), "exactly as before")
			require.Equal(t, before, r.device.Running())
			require.False(t, r.device.SaveNeeded())
			requireSecondRestoreWritesNothing(t, r, point)
			require.Equal(t, remediate.Applied, r.apply(remediate.Choice{}).Status, "and it can be repaired again")
		})
	}
}

// replacements counts the requests that replace a store.
func replacements(r *rig) int {
	n := 0
	for _, request := range r.device.Requests() {
		if request.Method == http.MethodPut && strings.HasSuffix(request.Path, "/trustedRoot") {
			n++
		}
	}
	return n
}

func TestOneReplacementPerContext(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.0"))
	point := r.repaired(remediate.Choice{})
	result := r.restore(point)
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	removed := 0
	for _, step := range result.Steps {
		if step.Kind == remediate.StepRemoveRoot {
			removed++
		}
	}
	assert.Equal(t, 7, removed)
	assert.Equal(t, 1, replacements(r), "each replacement ends the context's connections")
}

func TestWhatOthersChangedMeanwhileStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	before := r.device.Flash()
	point := r.repaired(remediate.Choice{})
	other := certs.Required()[0]
	r.device.AddRoot(1, other.PEM())
	r.device.SetCell("TLSContexts", 1, "OcspEnable", "1")
	r.device.SetCell("ProxySet", 0, "ProxyKeepAliveTime", "61")
	r.save()
	result := r.restore(point)
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	flash := r.device.Flash()
	assert.Equal(t, append(slices.Clone(before.Roots[1]), other.SHA256), flash.Roots[1])
	assert.Equal(t, "1", flash.Cell("TLSContexts", 1, "OcspEnable"))
	assert.Equal(t, "61", flash.Cell("ProxySet", 0, "ProxyKeepAliveTime"))
	assert.Equal(t, "0", flash.Cell("TLSContexts", 1, "UseDefaultCABundle"))
	requireSecondRestoreWritesNothing(t, r, point)
}

// TestARootAddedDuringTheRestoreStays, and is not saved for whoever added it.
func TestARootAddedDuringTheRestoreStays(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	point := r.repaired(remediate.Choice{})
	other := certs.Required()[0]
	// The device is busy once; another administrator uses the time.
	r.device.AddFault(mockdevice.Fault{Method: "PUT", Path: "/files/tls/1/trustedRoot", Count: 1, Do: mockdevice.Status, Status: 409})
	var once sync.Once
	r.device.OnRequest(func(_ int, request *http.Request) {
		if request.Method == http.MethodPut && strings.HasSuffix(request.URL.Path, "/trustedRoot") {
			once.Do(func() { r.device.AddRoot(1, other.PEM()) })
		}
	})
	result := r.restore(point)
	require.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeDrift, result.Error.Code)
	assert.Contains(t, r.device.Running().Roots[1], other.SHA256)
	assert.NotContains(t, r.device.Flash().Roots[1], other.SHA256)
	assert.Len(t, r.device.Running().Roots[1], 3)
}

func TestAFailedApplyIsUndone(t *testing.T) {
	for skip := range 2 {
		t.Run(fmt.Sprintf("after %d imports", skip), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			before := r.device.Flash()
			r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/trustedRoot/incremental", Skip: skip, Count: 1, Do: mockdevice.Status, Status: 400})
			require.Equal(t, remediate.Failed, r.apply(remediate.Choice{}).Status)
			point := r.point()
			result := r.restore(point)
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			require.Equal(t, before, r.device.Running())
			require.Equal(t, before, r.device.Flash())
			require.False(t, r.device.SaveNeeded())
			requireSecondRestoreWritesNothing(t, r, point)
		})
	}
}

func TestOnlyThatRunIsPutBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	first := r.repaired(remediate.Choice{})
	after := r.device.Flash()
	second := r.repaired(remediate.Choice{AllRoots: true})
	require.Equal(t, remediate.Applied, r.restore(second).Status)
	require.Equal(t, after, r.device.Flash(), "the first run's changes stay")
	require.Equal(t, remediate.Applied, r.restore(first).Status)
}

func TestRestoreOnEveryDialect(t *testing.T) {
	for _, variant := range mockdevice.Variants() {
		for _, name := range []string{"7.0", "7.4.500"} {
			t.Run(fmt.Sprintf("%s on %s", variant.Name, name), func(t *testing.T) {
				t.Parallel()
				model := preset(t, name)
				variant.Set(&model.Dialect)
				if _, damages := damaging[model.Dialect.LoadDrops]; damages && firmwares[name].switches {
					return // apply itself puts everything back there
				}
				r := newRig(t, model)
				before := r.device.Flash()
				point := r.repaired(remediate.Choice{})
				result := r.restore(point)
				r.requireNoWriteBeforeBackup()
				if model.Dialect.StoreText == mockdevice.StoreBrokenBlock {
					require.Len(t, result.ByHand, 1)
					require.Zero(t, replacements(r))
					return
				}
				require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
				requireBack(t, before, r.device.Flash(), "flash")
				requireBack(t, before, r.device.Running(), "RAM")
				requireSecondRestoreWritesNothing(t, r, point)
			})
		}
	}
}

func TestRootsGoFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.planRestore(r.repaired(remediate.Choice{}), remediate.RestoreTerms{})
	assert.Equal(t, []remediate.StepKind{
		remediate.StepBackup, remediate.StepRemoveRoot, remediate.StepRemoveRoot, remediate.StepDisableBundle, remediate.StepSave,
	}, kinds(plan.Steps))
	assert.Equal(t, []int{1}, plan.Replaces)
	assert.Equal(t, []string{remediate.ReplacesStore}, codes(plan.Findings))
}

func TestReplacingNeedsTheSerialNumber(t *testing.T) {
	for _, confirmed := range []string{"", "yes", "574050", "5740500 "} {
		r := newRig(t, preset(t, "7.4.500"))
		point := r.repaired(remediate.Choice{})
		result := r.carryOutRestore(context.Background(), point, r.planRestore(point, remediate.RestoreTerms{}), confirmed)
		assert.Equal(t, remediate.Skipped, result.Status, "%q", confirmed)
		assert.Equal(t, remediate.CodeDeclined, result.Error.Code)
		assert.Zero(t, r.device.Writes())
	}
	r := newRig(t, preset(t, "7.4.604")) // nothing but the switch
	point := r.repaired(remediate.Choice{})
	result := r.carryOutRestore(context.Background(), point, r.planRestore(point, remediate.RestoreTerms{}), "")
	assert.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
}

func TestADeviceThatChangedSinceTheRestoreWasPlanned(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	point := r.repaired(remediate.Choice{})
	plan := r.planRestore(point, remediate.RestoreTerms{})
	r.device.AddRoot(1, certs.Required()[0].PEM())
	result := r.carryOutRestore(context.Background(), point, plan, plan.Device.Serial)
	assert.Equal(t, remediate.Stale, result.Status)
	assert.Equal(t, remediate.CodeDrift, result.Error.Code)
	assert.Zero(t, r.device.Writes())
}

func TestRestoreStopsBetweenTwoSteps(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	point := r.repaired(remediate.Choice{})
	close(r.stop)
	result := r.restore(point)
	assert.Equal(t, remediate.CodeInterrupted, result.Error.Code)
	assert.Zero(t, r.device.Writes())
}

func TestARestoreThatIsAcceptedAndIgnoredIsNotVerified(t *testing.T) {
	for name, path := range map[string]string{
		"removal": "/files/tls/1/trustedRoot",
		"switch":  "/files/ini/incremental",
		"save":    "/actions/saveConfiguration",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			point := r.repaired(remediate.Choice{})
			flash := r.device.Flash()
			r.device.AddFault(mockdevice.Fault{Method: "PUT", Path: path, Do: mockdevice.Ignore})
			r.device.AddFault(mockdevice.Fault{Method: "POST", Path: path, Do: mockdevice.Ignore})
			result := r.restore(point)
			assert.Equal(t, remediate.Failed, result.Status)
			assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
			assert.Equal(t, flash, r.device.Flash(), "never saved")
		})
	}
}

func TestDamageOfARestoreIsPutBack(t *testing.T) {
	for _, action := range []mockdevice.Action{mockdevice.DamageOtherCell, mockdevice.DamageOtherRow} {
		t.Run(action.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			point := r.repaired(remediate.Choice{})
			after := r.device.Running()
			r.device.AddFault(mockdevice.Fault{Path: "/files/ini/incremental", Count: 1, Do: action})
			result := r.restore(point)
			assert.Equal(t, remediate.RolledBack, result.Status, "%+v", result.Error)
			assert.Equal(t, after.Configuration, r.device.Running().Configuration)
			assert.Equal(t, after, r.device.Flash())
			assert.Len(t, result.LeftOnDevice, 2, "the roots, in RAM")
			require.Equal(t, remediate.Applied, r.restore(point).Status, "and a further restore finishes it")
		})
	}
}

// TestAStoreThatLostOthersRootsGetsThemBack, on a device that reads only one block of a file.
func TestAStoreThatLostOthersRootsGetsThemBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	before := r.device.Flash()
	point := r.repaired(remediate.Choice{})
	flash := r.device.Flash()
	var once sync.Once
	replaced := false
	r.device.OnRequest(func(_ int, request *http.Request) {
		switch {
		case request.Method == http.MethodPut && strings.HasSuffix(request.URL.Path, "/trustedRoot"):
			replaced = true
		case replaced:
			once.Do(func() { r.device.RemoveRoot(1, before.Roots[1][1]) })
		}
	})
	result := r.restore(point)
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
	assert.Contains(t, result.Error.Message, `put back: "ITSP Example Root CA"`)
	assert.Equal(t, flash, r.device.Flash(), "nothing was saved")
	assert.Equal(t, before.Roots, r.device.Running().Roots)
	r.device.OnRequest(nil)
	require.Equal(t, remediate.Applied, r.restore(point).Status)
	require.Equal(t, before, r.device.Flash())
}

func TestARemovalThatComesLateIsFoundOrCalledUnknown(t *testing.T) {
	for _, after := range []int{1, 3, 50} {
		t.Run(fmt.Sprintf("after %d requests", after), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			before := r.device.Flash()
			point := r.repaired(remediate.Choice{})
			r.device.AddFault(mockdevice.Fault{Method: "PUT", Path: "/files/tls/1/trustedRoot", Count: 1, Do: mockdevice.Late, LateAfter: after})
			result := r.restore(point)
			if result.Status != remediate.Applied {
				assert.Contains(t, result.Error.Message, "unknown")
				assert.Len(t, result.LeftOnDevice, 2, "one replacement takes both roots away")
				assert.Contains(t, result.Error.Hint, "Running the same restore again finishes it")
			}
			for range after {
				_ = r.planRestore(point, remediate.RestoreTerms{})
			}
			_ = r.restore(point)
			require.Equal(t, before, r.device.Flash())
			requireSecondRestoreWritesNothing(t, r, point)
		})
	}
}

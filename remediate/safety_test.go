package remediate_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	loadPath   = "/files/ini/incremental"
	importPath = "/files/tls/1/trustedRoot/incremental"
)

// once calls a function before the first request whose path has that end.
func (r *rig) once(suffix string, do func()) {
	var once sync.Once
	r.device.OnRequest(func(_ int, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, suffix) {
			once.Do(do)
		}
	})
}

// TestALostAnswerBeforeABusyDeviceIsNotRepeated: the import happened, its answer was lost, and then the device is too
// busy to be read. acfix must not import again.
func TestALostAnswerBeforeABusyDeviceIsNotRepeated(t *testing.T) {
	for _, status := range []int{http.StatusConflict, http.StatusServiceUnavailable} {
		model := preset(t, "7.4.500")
		model.Dialect.KnownRoot = mockdevice.KnownRootTwice
		r := newRig(t, model)
		plan := r.plan(remediate.Choice{})
		r.device.AddFault(mockdevice.Fault{Path: importPath, Count: 1, When: mockdevice.After, Do: mockdevice.Drop})
		r.once("/trustedRoot/incremental", func() {
			r.device.AddFault(mockdevice.Fault{Path: "/files/tls/1/trustedRoot", Do: mockdevice.Status, Status: status})
		})
		result := r.carryOut(t.Context(), plan, remediate.Choice{})
		require.Equal(t, remediate.Failed, result.Status)
		assert.Contains(t, result.Error.Message, "unknown")
		r.device.OnRequest(nil)
		r.device.ClearFaults()
		again := r.apply(remediate.Choice{})
		require.Equal(t, remediate.Applied, again.Status, "%+v", again.Error)
		requireRepaired(t, r, 2, true) // each root once
	}
}

// TestARefusedLoadNeverPutsBackWhatOthersChanged: the device refused our load while another administrator changed the
// same table. That change is theirs.
func TestARefusedLoadNeverPutsBackWhatOthersChanged(t *testing.T) {
	for _, status := range []int{http.StatusBadRequest, http.StatusForbidden, http.StatusConflict} {
		r := newRig(t, preset(t, "7.4.500"))
		r.device.AddFault(mockdevice.Fault{Path: loadPath, Do: mockdevice.Status, Status: status})
		r.once("/ini/incremental", func() { r.device.SetCell("TLSContexts", 0, "TLSVersion", "8") })
		result := r.apply(remediate.Choice{})
		assert.Equal(t, remediate.Stale, result.Status, "%d: %+v", status, result.Error)
		assert.Equal(t, remediate.CodeDrift, result.Error.Code)
		assert.Equal(t, "8", r.device.Running().Cell("TLSContexts", 0, "TLSVersion"))
		assert.Equal(t, 1, r.device.Writes())
	}
}

// TestDamageElsewhereIsSeen: a load may spoil what it does not mention. Whatever it spoils, acfix names it, saves
// nothing and does not say "applied".
func TestDamageElsewhereIsSeen(t *testing.T) {
	for name, row := range map[string]struct {
		damage func(*mockdevice.Device)
		status remediate.Status
		names  string
	}{
		"a row of another table went":          {func(d *mockdevice.Device) { d.DeleteRow("IPGroup", 0) }, remediate.Failed, "IPGroup"},
		"a row of the leg's tables went":       {func(d *mockdevice.Device) { d.DeleteRow("SIPInterface", 0) }, remediate.Failed, "SIPInterface"},
		"a routing rule went":                  {func(d *mockdevice.Device) { d.DeleteRow("IP2IPRouting", 0) }, remediate.Failed, "IP2IPRouting"},
		"a table with secrets lost a row":      {func(d *mockdevice.Device) { d.DeleteRow("WebUsers", 0) }, remediate.Failed, "WebUsers"},
		"a cell of another table changed":      {set("IPGroup", 0, "SIPGroupName", "spoilt"), remediate.Failed, "SIPGroupName"},
		"a parameter changed":                  {param("SIPSRequireClientCertificate", "1"), remediate.Failed, "sipsrequireclientcertificate"},
		"a parameter came":                     {param("MaxDigits", "3"), remediate.Failed, "maxdigits"},
		"a whole table went":                   {func(d *mockdevice.Device) { d.DeleteRow("CpMediaRealm", 0) }, remediate.RolledBack, "CpMediaRealm"},
		"a row of TLSContexts went":            {func(d *mockdevice.Device) { d.DeleteRow("TLSContexts", 0) }, remediate.RolledBack, "TLSContexts"},
		"a cell of TLSContexts changed":        {set("TLSContexts", 0, "DHKeySize", "1024"), remediate.RolledBack, "DHKeySize"},
		"the other cells of the row we change": {set("TLSContexts", 1, "OcspEnable", "1"), remediate.RolledBack, "OcspEnable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			before := r.device.Running()
			spoilt := r.spoilAfterLoad(row.damage)
			result := r.apply(remediate.Choice{})
			require.True(t, *spoilt)
			require.Equal(t, row.status, result.Status, "%+v", result.Error)
			assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
			assert.Contains(t, result.Error.Message, row.names)
			assert.Equal(t, before, r.device.Flash(), "nothing may be saved")
			if row.status == remediate.RolledBack {
				assert.Equal(t, before.Configuration, r.device.Running().Configuration)
				assert.Contains(t, result.Error.Hint, "by hand")
				return
			}
			assert.Contains(t, result.Error.Hint, "Do NOT save")
			again := r.apply(remediate.Choice{})
			assert.Equal(t, remediate.StatusBlocked, again.Status, "a further apply must not take the damage for given")
			assert.Contains(t, codes(again.Findings), remediate.UnsavedMixed)
			assert.Equal(t, before, r.device.Flash())
		})
	}
}

// spoilAfterLoad spoils the device together with its first load.
func (r *rig) spoilAfterLoad(damage func(*mockdevice.Device)) *bool {
	spoilt := new(bool)
	loads := 0
	r.device.OnRequest(func(_ int, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/ini/incremental") {
			loads++
		}
		if request.Method == http.MethodGet && loads == 1 && !*spoilt {
			*spoilt = true
			damage(r.device)
		}
	})
	return spoilt
}

// TestDamageThatWasNotReadIsNotTakenForGiven: the load spoils a cell, and the device can't be read afterwards. The
// next run compares it with the time before the load.
func TestDamageThatWasNotReadIsNotTakenForGiven(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	before := r.device.Flash()
	plan := r.plan(remediate.Choice{})
	r.once("/ini/incremental", func() {
		r.device.AddFault(mockdevice.Fault{Path: "/files/ini", Do: mockdevice.HTML})
		r.device.SetCell("TLSContexts", 0, "DHKeySize", "1024")
	})
	result := r.carryOut(t.Context(), plan, remediate.Choice{})
	require.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Message, "unknown")
	r.device.OnRequest(nil)
	r.device.ClearFaults()
	again := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.StatusBlocked, again.Status)
	assert.Contains(t, codes(again.Findings), remediate.UnsavedMixed)
	assert.Equal(t, before, r.device.Flash())
}

// TestALostRootOfOthersIsNotSaved: an import makes the device lose a root of others.
func TestALostRootOfOthersIsNotSaved(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	before := r.device.Flash()
	stranger := before.Roots[1][0]
	r.once("/trustedRoot/incremental", func() { r.device.RemoveRoot(1, stranger) })
	result := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Message, stranger)
	assert.Contains(t, result.Error.Hint, "Do NOT save")
	again := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.StatusBlocked, again.Status, "%+v", again)
	assert.Equal(t, before, r.device.Flash())
}

// TestWhatOthersLeaveUnsavedBetweenPlanAndApplyIsNotSaved.
func TestWhatOthersLeaveUnsavedBetweenPlanAndApplyIsNotSaved(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.plan(remediate.Choice{})
	r.device.SetCell("IPGroup", 0, "SIPGroupName", "theirs")
	result := r.carryOut(t.Context(), plan, remediate.Choice{})
	assert.Equal(t, remediate.Stale, result.Status)
	assert.Zero(t, r.device.Writes())
	accepted := remediate.Choice{SaveUnsaved: true}
	assert.Equal(t, remediate.Applied, r.apply(accepted).Status)
}

// TestAStopEndsTheWaitingForABusyDevice: acfix sends nothing more, and reports an interruption.
func TestAStopEndsTheWaitingForABusyDevice(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Path: loadPath, Do: mockdevice.Status, Status: http.StatusConflict})
	r.once("/ini/incremental", func() { close(r.stop) })
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeInterrupted, result.Error.Code)
	assert.Equal(t, 1, r.device.Writes())
}

// TestASaveWhoseAnswerNeverCameIsCalledUnknown, although it happened.
func TestASaveWhoseAnswerNeverCameIsCalledUnknown(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.plan(remediate.Choice{})
	r.device.AddFault(mockdevice.Fault{Path: "/actions/saveConfiguration", When: mockdevice.After, Do: mockdevice.Drop})
	r.once("/actions/saveConfiguration", func() { r.device.AddFault(mockdevice.Fault{Path: "/status", Do: mockdevice.HTML}) })
	result := r.carryOut(t.Context(), plan, remediate.Choice{})
	assert.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Hint, "it is not known whether the changes were saved")
}

// TestADeviceThatDoesNotTellWhetherItSavedIsNotCalledCompliant.
func TestADeviceThatDoesNotTellWhetherItSavedIsNotCalledCompliant(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	require.Equal(t, remediate.Applied, r.apply(remediate.Choice{}).Status)
	r.url = rewriting(t, r, "/status", func(body string) string { return strings.Replace(body, `"saveNeeded"`, `"x"`, 1) })
	plan := r.plan(remediate.Choice{})
	assert.Equal(t, remediate.Blocked, plan.Verdict)
	assert.Contains(t, codes(plan.Findings), remediate.SaveStateUnknown)
}

// TestASpareContextWithoutFilesIsNoObstacle.
func TestASpareContextWithoutFilesIsNoObstacle(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.Dialect.EmptyStore = mockdevice.EmptyStoreBadRequest
	r := newRig(t, model)
	r.device.AddRow("TLSContexts", 3, map[string]string{"Name": "Spare"})
	r.save()
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
}

// TestANearlyFullStoreIsNotBegunWith.
func TestANearlyFullStoreIsNotBegunWith(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.0"))
	strangers(12)(r.device)
	r.save()
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.StatusBlocked, result.Status, "%+v", result.Error)
	assert.Zero(t, r.device.Writes())
}

// TestAStopDoesNotKeepDamageFromBeingPutBack, even when the device is busy just then.
func TestAStopDoesNotKeepDamageFromBeingPutBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	before := r.device.Running()
	r.device.AddFault(mockdevice.Fault{Path: loadPath, Count: 1, Do: mockdevice.DamageOtherCell})
	r.device.AddFault(mockdevice.Fault{Path: loadPath, Count: 3, Do: mockdevice.Status, Status: http.StatusConflict})
	r.once("/ini/incremental", func() { close(r.stop) })
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.RolledBack, result.Status, "%+v", result.Error)
	assert.Equal(t, before.Configuration, r.device.Running().Configuration)
}

// TestLostFilesAreNotTakenForGiven: a load lost the files of another TLS Context. However often acfix runs again, it
// saves nothing.
func TestLostFilesAreNotTakenForGiven(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	model.Dialect.LoadDrops = mockdevice.DropsRowsAndFiles
	model.Contexts[0].Roots = append(model.Contexts[0].Roots, mockdevice.SelfMadeRoot("Management CA"))
	r := newRig(t, model)
	flash := r.device.Flash()
	require.Equal(t, remediate.Failed, r.apply(remediate.Choice{}).Status)
	writes := r.device.Writes()
	for range 3 {
		again := r.apply(remediate.Choice{})
		require.Equal(t, remediate.Stale, again.Status, "%+v", again.Error)
		require.Contains(t, again.Error.Message, "trusted roots of TLS Context 0")
	}
	assert.Equal(t, writes, r.device.Writes())
	assert.Equal(t, flash, r.device.Flash())
}

// TestOthersBesideOurLeftovers: our changes wait unsaved, and another administrator changes something that a plan
// reads, or does not read, before or after the plan is made.
func TestOthersBesideOurLeftovers(t *testing.T) {
	for name, change := range map[string]func(*mockdevice.Device){
		"a parameter":                 param("MaxDigits", "30"),
		"another table":               set("IPGroup", 0, "SIPGroupName", "theirs"),
		"a root of another context":   func(d *mockdevice.Device) { d.AddRoot(0, mockdevice.SelfMadeRoot("Theirs")) },
		"a root of the Teams context": strangers(1),
	} {
		for _, late := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, after the plan %v", name, late), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, preset(t, "7.4.500"))
				flash := r.device.Flash()
				r.device.AddFault(mockdevice.Fault{Path: importPath, Skip: 1, Count: 1, Do: mockdevice.Status, Status: http.StatusBadRequest})
				require.Equal(t, remediate.Failed, r.apply(remediate.Choice{}).Status)
				if !late {
					change(r.device)
				}
				plan := r.plan(remediate.Choice{})
				if late {
					require.Equal(t, remediate.Change, plan.Verdict)
					change(r.device)
				}
				result := r.carryOut(t.Context(), plan, remediate.Choice{})
				require.Contains(t, []remediate.Status{remediate.Stale, remediate.StatusBlocked}, result.Status, "%+v", result.Error)
				assert.Equal(t, flash, r.device.Flash())
				accepted := r.apply(remediate.Choice{SaveUnsaved: true})
				assert.Equal(t, remediate.Applied, accepted.Status, "%+v", accepted.Error)
			})
		}
	}
}

// TestOthersDuringTheRun change something that is not in the configuration.
func TestOthersDuringTheRun(t *testing.T) {
	for _, id := range []int{0, 1} {
		r := newRig(t, preset(t, "7.4.500"))
		flash := r.device.Flash()
		r.once("/trustedRoot/incremental", func() { r.device.AddRoot(id, mockdevice.SelfMadeRoot("Theirs")) })
		result := r.apply(remediate.Choice{})
		require.Equal(t, remediate.Failed, result.Status)
		assert.Equal(t, remediate.CodeDrift, result.Error.Code)
		assert.Equal(t, flash, r.device.Flash())
	}
}

// TestOthersWhileTheBackupIsRead: what waits unsaved is read last.
func TestOthersWhileTheBackupIsRead(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	plan := r.plan(remediate.Choice{})
	r.once("/files/ini", func() { r.device.SetParam("MaxDigits", "30") })
	result := r.carryOut(t.Context(), plan, remediate.Choice{})
	assert.Equal(t, remediate.Stale, result.Status)
	assert.Zero(t, r.device.Writes())
}

// TestWhatChangesByItselfDoesNotStopARun: a cell that changes between two readings, while nothing is unsaved, is
// churn.
func TestWhatChangesByItselfDoesNotStopARun(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	n := 0
	r.url = rewriting(t, r, "/files/ini", func(body string) string {
		n++
		return strings.Replace(body, "GWDEBUGLEVEL = 5", fmt.Sprintf("GWDEBUGLEVEL = %d", n), 1)
	})
	result := r.apply(remediate.Choice{})
	assert.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
}

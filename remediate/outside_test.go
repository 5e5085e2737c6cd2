package remediate_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/records/journal"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// These tests judge by what the device holds. Each is one way in which a run could save what is
// not its own, or call applied what is not.

const savePath = "/actions/saveConfiguration"

func newQuirkyRig(t *testing.T, name string, quirks ...string) *rig {
	t.Helper()
	model := preset(t, name)
	for _, wanted := range quirks {
		quirk, ok := mockdevice.FindVariant(wanted)
		require.True(t, ok, wanted)
		quirk.Set(&model.Dialect)
	}
	return newRig(t, model)
}

// TestARestoreDoesNotSaveWhatOthersLeft: our own leftovers wait unsaved, and another
// administrator changes something between the plan of the restore and its backup.
func TestARestoreDoesNotSaveWhatOthersLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	flash := r.device.Flash()
	r.device.AddFault(mockdevice.Fault{Path: savePath, Do: mockdevice.Status, Status: http.StatusForbidden})
	require.Equal(t, remediate.Failed, r.apply(remediate.Choice{}).Status)
	r.device.ClearFaults()
	point := r.point()
	plan := r.planRestore(point, remediate.RestoreTerms{})
	require.Equal(t, remediate.Change, plan.Verdict)
	r.device.SetParam("MaxDigits", "30")
	writes := r.device.Writes()
	result := r.carryOutRestore(t.Context(), point, plan, plan.Device.Serial)
	assert.Equal(t, remediate.Stale, result.Status, "%+v", result.Error)
	assert.Equal(t, writes, r.device.Writes())
	assert.Equal(t, flash, r.device.Flash())
}

// TestAStoreIsNotReplacedByAShortReading: the replacement would lose what the reading left out.
func TestAStoreIsNotReplacedByAShortReading(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	point := r.repaired(remediate.Choice{})
	before := r.device.Running()
	plan := r.planRestore(point, remediate.RestoreTerms{})
	reads := 0
	r.url = rewriting(t, r, "/tls/1/trustedRoot", func(body string) string {
		if reads++; reads <= 2 { // those of the backup
			return body
		}
		_, rest, _ := strings.Cut(body, "-----END CERTIFICATE-----\n")
		return rest
	})
	result := r.carryOutRestore(t.Context(), point, plan, plan.Device.Serial)
	assert.Equal(t, remediate.Stale, result.Status, "%+v", result.Error)
	assert.Contains(t, result.Error.Message, "does not in this reading")
	assert.Zero(t, r.device.Writes())
	assert.Equal(t, before, r.device.Running())
}

// TestBesideChurnNothingGoesUnseen: the device changes one value by itself, and the load or an administrator changes
// another value of the same table, or another parameter.
func TestBesideChurnNothingGoesUnseen(t *testing.T) {
	for name, quirk := range map[string]string{"a parameter": "parameter-churns", "a column": "column-churns"} {
		for what, change := range map[string]func(*mockdevice.Device){
			"a parameter": param("MaxDigits", "30"),
			"a cell":      set("MessageManipulations", 0, "ManipulationName", "theirs"),
		} {
			t.Run(name+" moves and "+what+" changes", func(t *testing.T) {
				t.Parallel()
				r := newQuirkyRig(t, "7.4.500", quirk)
				flash := r.device.Flash()
				r.spoilAfterLoad(change)
				result := r.apply(remediate.Choice{})
				assert.Equal(t, remediate.Failed, result.Status, "%+v", result.Error)
				assert.Equal(t, flash, r.device.Flash())
			})
		}
	}
}

// TestARunOnADeviceThatChurnsIsFinished: without a switch step acfix does not read the configuration again between
// backup and save, and all that a run that was cut off leaves is its journal.
func TestARunOnADeviceThatChurnsIsFinished(t *testing.T) {
	for _, quirk := range []string{"parameter-churns", "column-churns"} {
		for _, name := range []string{"7.2", "7.4.500"} {
			t.Run(quirk+" on "+name, func(t *testing.T) {
				t.Parallel()
				r := newQuirkyRig(t, name, quirk)
				r.device.AddFault(mockdevice.Fault{Path: savePath, Count: 1, Do: mockdevice.Status, Status: http.StatusForbidden})
				first := r.apply(remediate.Choice{})
				require.Equal(t, remediate.CodeForbidden, first.Error.Code, "%+v", first.Error)
				second := r.apply(remediate.Choice{})
				require.Equal(t, remediate.Applied, second.Status, "%+v %+v", second.Error, second.Findings)
				requireRepaired(t, r, firmwares[name].imports, firmwares[name].switches)
			})
		}
	}
}

// TestASaveIsProved: acfix never calls a save without effect done, whatever saveNeeded says.
func TestASaveIsProved(t *testing.T) {
	for _, flag := range []string{"", "save-flag-blind", "save-flag-cached"} {
		for _, save := range []string{"save-302", "save-400", "save-403", "save-409", "save-500"} {
			t.Run(flag+" "+save, func(t *testing.T) {
				t.Parallel()
				quirks := []string{save}
				if flag != "" {
					quirks = append(quirks, flag)
				}
				r := newQuirkyRig(t, "7.4.500", quirks...)
				flash := r.device.Flash()
				result := r.apply(remediate.Choice{})
				assert.Equal(t, remediate.Failed, result.Status, "%+v", result)
				assert.Equal(t, flash, r.device.Flash())
				assert.Len(t, result.LeftOnDevice, 3)
				assert.NotContains(t, result.Error.Hint, "is saved on the device")
			})
		}
	}
}

// TestABackupHoldsEveryFile: an answer that does not say what a file holds never counts as "there is none".
func TestABackupHoldsEveryFile(t *testing.T) {
	for _, path := range []string{"/files/tls/0/trustedRoot", "/files/tls/0/certificate", "/files/tls/3/trustedRoot", "/files/tls/3/certificate"} {
		for _, status := range []int{http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusLocked,
			http.StatusTooEarly, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusNotImplemented, http.StatusServiceUnavailable} {
			t.Run(path+" "+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, preset(t, "7.4.500"))
				r.device.AddRow("TLSContexts", 3, map[string]string{"Name": "Spare"})
				r.save()
				r.device.AddFault(mockdevice.Fault{Method: "GET", Path: path, Do: mockdevice.Status, Status: status})
				result := r.apply(remediate.Choice{})
				require.Equal(t, remediate.Failed, result.Status)
				want := remediate.CodeBackupFailed
				if slices.Contains([]int{408, 423, 425, 429, 503}, status) {
					want = remediate.CodeBusy
				}
				assert.Equal(t, want, result.Error.Code, result.Error.Message)
				assert.Equal(t, -1, r.backedUp)
				assert.Zero(t, r.device.Writes())
			})
		}
	}
}

// TestAnotherUnitIsNotWrittenTo, whatever it holds.
func TestAnotherUnitIsNotWrittenTo(t *testing.T) {
	for _, holds := range []mockdevice.UnitHolds{mockdevice.UnitSynchronized, mockdevice.UnitSaved, mockdevice.UnitBehind} {
		for name, path := range map[string]string{"the load": loadPath, "an import": importPath, "the save": savePath} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, preset(t, "7.4.500"))
				r.device.Record()
				r.once(path, func() {
					r.device.SwitchOver(mockdevice.Unit{Serial: "4711", MAC: "00908f000001", UpTime: 24 * time.Hour, Holds: holds})
				})
				result := r.apply(remediate.Choice{})
				require.Equal(t, remediate.Failed, result.Status, "%+v", result.Error)
				assert.Equal(t, remediate.CodeDrift, result.Error.Code)
				assert.Contains(t, result.Error.Message, "another unit answers")
				writes := 0
				for _, event := range r.device.History() {
					if event.Unit == "4711" && event.By == mockdevice.ByClient && event.Kind != mockdevice.EventRead {
						writes++
					}
				}
				assert.LessOrEqual(t, writes, 1, "the write in flight alone")
				r.requireLeftIsThere(result)
			})
		}
	}
}

// requireLeftIsThere: after a switch-over the result lists exactly those of the run's changes that the answering unit
// has, and names both units.
func (r *rig) requireLeftIsThere(result remediate.DeviceResult) {
	r.t.Helper()
	running := r.device.Running()
	var left, there []string
	for _, step := range result.LeftOnDevice {
		assert.Equal(r.t, remediate.StepDone, step.Status, "nothing may still come to a unit that is away")
		assert.False(r.t, step.MayStillCome)
		left = append(left, string(step.Kind)+step.Root)
	}
	if running.Cell("TLSContexts", 1, "UseDefaultCABundle") == "1" {
		there = append(there, string(remediate.StepEnableBundle))
	}
	for _, root := range certs.Required() {
		if slices.Contains(running.Roots[1], root.SHA256) {
			there = append(there, string(remediate.StepImportRoot)+root.Name)
		}
	}
	assert.ElementsMatch(r.t, there, left)
	assert.Contains(r.t, result.Error.Hint, "unit that answers now (4711)")
	assert.Contains(r.t, result.Error.Hint, "HA switch-over")
	assert.Contains(r.t, result.Error.Hint, "the unit whose backup was taken (5740500)")
	assert.NotContains(r.t, result.Error.Hint, "is saved on the device")
	if len(left) == 0 {
		assert.NotContains(r.t, result.Error.Hint, "A further apply finishes it")
	}
}

// TestADeviceThatRestartsIsNotWrittenToAnyMore.
func TestADeviceThatRestartsIsNotWrittenToAnyMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.250"))
	r.clock.now = r.clock.now.Add(time.Hour)
	flash := r.device.Flash()
	imports := 0
	r.device.OnRequest(func(_ int, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, "/trustedRoot/incremental") {
			if imports++; imports == 3 {
				r.clock.now = r.clock.now.Add(time.Minute)
				r.device.Reboot()
			}
		}
	})
	result := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Failed, result.Status)
	assert.Equal(t, remediate.CodeDrift, result.Error.Code)
	assert.Contains(t, result.Error.Message, "restarted")
	assert.Equal(t, 3, imports)
	assert.Equal(t, flash, r.device.Flash())
	require.Len(t, result.LeftOnDevice, 1, "the restart took the others back")
	assert.Contains(t, r.device.Running().Roots[1], certs.Required()[2].SHA256)
}

// TestARefusedImportThatCostsARootIsDamage: acfix names the root, and advises against another apply.
func TestARefusedImportThatCostsARootIsDamage(t *testing.T) {
	for _, quirk := range []string{"import-400-costs-root", "import-409-costs-root"} {
		t.Run(quirk, func(t *testing.T) {
			t.Parallel()
			r := newQuirkyRig(t, "7.4.500", quirk)
			flash := r.device.Flash()
			result := r.apply(remediate.Choice{})
			require.Equal(t, remediate.Failed, result.Status)
			assert.Equal(t, remediate.CodeNotVerified, result.Error.Code)
			assert.Contains(t, result.Error.Message, flash.Roots[1][0])
			assert.Contains(t, result.Error.Hint, "Do NOT save")
			assert.NotContains(t, result.Error.Hint, "A further apply finishes it")
			assert.Equal(t, flash, r.device.Flash())
		})
	}
}

// TestWhatMayStillComeIsListed: the device accepts an import that shows after acfix has given up.
func TestWhatMayStillComeIsListed(t *testing.T) {
	t.Parallel()
	r := newQuirkyRig(t, "7.4.604", "import-shows-late")
	result := r.apply(remediate.Choice{AllRoots: true})
	require.Equal(t, remediate.Failed, result.Status)
	require.Len(t, result.LeftOnDevice, 2)
	assert.Equal(t, remediate.StepEnableBundle, result.LeftOnDevice[0].Kind)
	assert.Equal(t, remediate.StepDone, result.LeftOnDevice[0].Status)
	assert.Equal(t, certs.Required()[0].Name, result.LeftOnDevice[1].Root)
	assert.Equal(t, remediate.StepFailed, result.LeftOnDevice[1].Status)
	assert.True(t, result.LeftOnDevice[1].MayStillCome)
	assert.True(t, slices.ContainsFunc(r.journal, func(e journal.Entry) bool {
		return e.Event == remediate.EventAbsent && e.Kind == "import_root"
	}))
}

// TestASaveThatLostRAMIsNotCalledSaved.
func TestASaveThatLostRAMIsNotCalledSaved(t *testing.T) {
	for _, quirk := range []string{"save-restart-lost", "save-restart-lost-500"} {
		t.Run(quirk, func(t *testing.T) {
			t.Parallel()
			r := newQuirkyRig(t, "7.4.500", quirk)
			flash := r.device.Flash()
			result := r.apply(remediate.Choice{})
			require.Equal(t, remediate.Failed, result.Status)
			assert.Equal(t, flash, r.device.Flash())
			assert.NotContains(t, result.Error.Hint, "is saved on the device")
			assert.Empty(t, result.LeftOnDevice)
		})
	}
}

// TestWhatOthersChangeRightBeforeTheSaveIsNamed: no request can prevent that the save includes it, so acfix at least
// reports it.
func TestWhatOthersChangeRightBeforeTheSaveIsNamed(t *testing.T) {
	root := mockdevice.SelfMadeRoot("Theirs")
	for name, row := range map[string]struct {
		change func(*mockdevice.Device)
		names  string
	}{
		"a parameter":               {param("MaxDigits", "30"), "maxdigits"},
		"a cell":                    {set("IPGroup", 0, "SIPGroupName", "theirs"), "SIPGroupName"},
		"a root of another's":       {func(d *mockdevice.Device) { d.AddRoot(0, root) }, fingerprint(root)},
		"a root of the Teams leg":   {func(d *mockdevice.Device) { d.AddRoot(1, root) }, fingerprint(root)},
		"a root that was there":     {func(d *mockdevice.Device) { d.RemoveRoot(1, d.Running().Roots[1][0]) }, "is gone"},
		"the mutual TLS of a trunk": {set("SIPInterface", 0, "TLSMutualAuthentication", "1"), "TLSMutualAuthentication"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, preset(t, "7.4.500"))
			r.once(savePath, func() { row.change(r.device) })
			result := r.apply(remediate.Choice{})
			require.Equal(t, remediate.Failed, result.Status)
			assert.Equal(t, remediate.CodeDrift, result.Error.Code)
			assert.Contains(t, result.Error.Message, "saved together with ours: ")
			assert.Contains(t, result.Error.Message, row.names)
			assert.Equal(t, remediate.StepDone, result.Steps[len(result.Steps)-1].Status, "the save itself is done")
			assert.Contains(t, result.Error.Hint, "What was changed is saved on the device")
		})
	}
}

// TestReadingsThatAreShortOrStaleForAMomentAreSurvived.
func TestReadingsThatAreShortOrStaleForAMomentAreSurvived(t *testing.T) {
	for _, quirk := range []string{"store-stale", "store-short", "ini-stale", "ini-short"} {
		t.Run(quirk, func(t *testing.T) {
			t.Parallel()
			r := newQuirkyRig(t, "7.4.500", quirk)
			result := r.apply(remediate.Choice{})
			require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
			requireRepaired(t, r, 2, true)
		})
	}
}

// TestNoRestartIsMadeUp: a run fails on a device whose up time grows with every request.
func TestNoRestartIsMadeUp(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.OnRequest(func(n int, request *http.Request) {
		_ = r.clock.Sleep(t.Context(), 20*time.Millisecond)
		if strings.HasSuffix(request.URL.Path, savePath) {
			r.device.SetParam("MaxDigits", "30")
		}
	})
	result := r.apply(remediate.Choice{})
	require.Equal(t, remediate.Failed, result.Status)
	assert.Contains(t, result.Error.Message, "saved together with ours")
	assert.NotContains(t, result.Error.Message, "restarted")
	assert.Contains(t, result.Error.Hint, "What was changed is saved on the device")
}

// TestNothingThatComesBeforeTheFirstWriteIsLost: another administrator changes something after the backup, right
// before the first write.
func TestNothingThatComesBeforeTheFirstWriteIsLost(t *testing.T) {
	theirs := mockdevice.SelfMadeRoot("Theirs")
	for name, change := range map[string]func(*mockdevice.Device){
		"a root comes":            func(d *mockdevice.Device) { d.AddRoot(1, theirs) },
		"a root comes, saved":     func(d *mockdevice.Device) { d.AddRoot(1, theirs); d.Save() },
		"a root goes":             func(d *mockdevice.Device) { d.RemoveRoot(1, d.Running().Roots[1][0]) },
		"a root goes, saved":      func(d *mockdevice.Device) { d.RemoveRoot(1, d.Running().Roots[1][0]); d.Save() },
		"a parameter, not a root": param("MaxDigits", "30"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			undisturbed := newRig(t, preset(t, "7.4.500"))
			require.Equal(t, remediate.Applied, undisturbed.restore(undisturbed.repaired(remediate.Choice{})).Status)
			last := 0 // the status right before the replacement
			for _, request := range undisturbed.device.Requests() {
				if request.Method == http.MethodGet && strings.HasSuffix(request.Path, "/status") {
					last++
				}
				if request.Method == http.MethodPut {
					break
				}
			}
			r := newRig(t, preset(t, "7.4.500"))
			point := r.repaired(remediate.Choice{})
			seen := 0
			r.device.OnRequest(func(_ int, request *http.Request) {
				if strings.HasSuffix(request.URL.Path, "/status") {
					if seen++; seen == last {
						change(r.device)
					}
				}
			})
			result := r.restore(point)
			assert.Equal(t, remediate.Stale, result.Status, "%+v", result.Error)
			assert.Equal(t, remediate.CodeDrift, result.Error.Code)
			assert.Zero(t, r.device.Writes())
		})
	}
}

// TestChangesWhoseRecordAPowerCutMayHaveTakenBlock: they are neither saved nor undone, whether one or all were sent.
func TestChangesWhoseRecordAPowerCutMayHaveTakenBlock(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.4.500"))
	r.device.AddFault(mockdevice.Fault{Method: http.MethodPost, Do: mockdevice.Status, Status: http.StatusBadRequest})
	require.NotEqual(t, remediate.Applied, r.apply(remediate.Choice{}).Status)
	r.device.ClearFaults()
	r.boot = "tuesday"
	backup := slices.IndexFunc(r.journal, func(e journal.Entry) bool { return e.Event == remediate.EventBackup })
	require.NotEmpty(t, r.journal[backup].Steps)
	r.journal[backup].Boot = "monday"
	for kept := backup + 1; kept < len(r.journal); kept++ {
		whole := r.journal
		r.journal = whole[:kept]
		lost := journal.Earlier(r.journal, r.boot).Perhaps
		before := r.device.Counts().Writes
		result := r.apply(remediate.Choice{})
		if len(lost) > 0 {
			assert.Equal(t, remediate.StatusBlocked, result.Status, "%d lines", kept)
			assert.Contains(t, codes(result.Findings), remediate.UnsavedPerhaps, "%d lines", kept)
			assert.Equal(t, before, r.device.Counts().Writes, "%d lines", kept)
			assert.Equal(t, remediate.Change, r.plan(remediate.Choice{SaveUnsaved: true}).Verdict)
			r.journal = whole
			continue
		}
		assert.Equal(t, remediate.Applied, result.Status, "%d lines: %+v", kept, result.Error)
		break
	}
}

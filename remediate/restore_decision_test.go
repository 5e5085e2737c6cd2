package remediate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/mockdevice"
	"github.com/acfix/acfix/remediate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var fullRestore = []remediate.StepKind{
	remediate.StepBackup, remediate.StepRemoveRoot, remediate.StepRemoveRoot, remediate.StepDisableBundle, remediate.StepSave,
}

const serial = "5740500" // of the preset 7.4.500

// removeOurs removes what the run of 7.4.500 imported.
func removeOurs(d *mockdevice.Device) {
	for _, root := range certs.Required() {
		d.RemoveRoot(1, root.SHA256)
	}
}

func removeOthers(d *mockdevice.Device) {
	for _, fingerprint := range d.Running().Roots[1] {
		if !slices.ContainsFunc(certs.Required(), func(root certs.Root) bool { return root.SHA256 == fingerprint }) {
			d.RemoveRoot(1, fingerprint)
		}
	}
}

// restoreDecisions is the decision table of a restore. Every row starts with a repaired 7.4.500 and the backup of
// that run, so a restore undoes the switch and two roots. Another administrator makes and saves the changes after the
// repair.
var restoreDecisions = []struct {
	name     string
	tables   func(*mockdevice.Model) // of the device before that run
	change   func(*mockdevice.Device)
	unsaved  bool // the change waits in RAM
	backup   func(*remediate.Snapshot, *[]remediate.Step)
	terms    remediate.RestoreTerms
	verdict  remediate.Verdict
	steps    []remediate.StepKind
	findings []string
	byHand   []string // a piece of each sentence
	failure  string
}{
	{name: "as the run left it", verdict: remediate.Change, steps: fullRestore, findings: []string{remediate.ReplacesStore}},
	{name: "one root is gone already", change: func(d *mockdevice.Device) { d.RemoveRoot(1, certs.Required()[3].SHA256) },
		verdict: remediate.Change, findings: []string{remediate.ReplacesStore},
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepRemoveRoot, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "all roots are gone already", change: removeOurs, verdict: remediate.Change,
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "the switch is off already", change: set("TLSContexts", 1, "UseDefaultCABundle", "0"), verdict: remediate.Change,
		steps: fullRestore[:3:3], findings: []string{remediate.ReplacesStore}},
	{name: "all is as it was", change: all(removeOurs, set("TLSContexts", 1, "UseDefaultCABundle", "0")), verdict: remediate.Compliant},
	{name: "all is as it was, unsaved", change: all(removeOurs, set("TLSContexts", 1, "UseDefaultCABundle", "0")), unsaved: true,
		verdict: remediate.Blocked, findings: []string{remediate.UnsavedChanges}},
	{name: "all is as it was, unsaved and accepted", change: all(removeOurs, set("TLSContexts", 1, "UseDefaultCABundle", "0")), unsaved: true,
		terms: remediate.RestoreTerms{SaveUnsaved: true}, verdict: remediate.Change, steps: []remediate.StepKind{remediate.StepSave}, findings: []string{remediate.UnsavedChanges}},
	{name: "the context is gone", change: func(d *mockdevice.Device) { d.DeleteRow("TLSContexts", 1) }, verdict: remediate.Compliant},
	{name: "a backup without a change", backup: func(_ *remediate.Snapshot, steps *[]remediate.Step) { *steps = nil }, verdict: remediate.Compliant},

	// What is not ours.
	{name: "a root that the backup has", verdict: remediate.Change, findings: []string{remediate.ReplacesStore},
		backup: func(s *remediate.Snapshot, _ *[]remediate.Step) {
			s.Contexts[1].Roots.PEM = append(slices.Clone(s.Contexts[1].Roots.PEM), certs.Required()[3].PEM()...)
		},
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepRemoveRoot, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "a switch that the backup has on", verdict: remediate.Change, findings: []string{remediate.ReplacesStore},
		backup: func(s *remediate.Snapshot, _ *[]remediate.Step) {
			s.Configuration.Raw = strings.Replace(s.Configuration.Raw, `2560, 0, 0, 2048`, `2560, 0, 1, 2048`, 2)
		}, steps: fullRestore[:3:3]},
	{name: "a switch that the run did not touch", verdict: remediate.Change, findings: []string{remediate.ReplacesStore},
		backup: func(_ *remediate.Snapshot, steps *[]remediate.Step) {
			*steps = without(*steps, remediate.StepEnableBundle)
		}, steps: fullRestore[:3:3]},

	// What is left to do by hand.
	{name: "the store would end empty", change: removeOthers, verdict: remediate.Change, byHand: []string{"would end empty"},
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "the store would end empty, and the switch is off", change: all(removeOthers, set("TLSContexts", 1, "UseDefaultCABundle", "0")),
		verdict: remediate.Blocked, byHand: []string{"would end empty"}},
	{name: "no store at backup time", verdict: remediate.Change, byHand: []string{"gave no store when the backup was made"},
		backup: func(s *remediate.Snapshot, _ *[]remediate.Step) {
			s.Contexts[1].Roots.PEM, s.Contexts[1].Roots.Absent = nil, 404
		},
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "a store of the backup with a broken block", verdict: remediate.Change, byHand: []string{"the store of the backup can't be read in full"},
		backup: func(s *remediate.Snapshot, _ *[]remediate.Step) {
			s.Contexts[1].Roots.PEM = append([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), s.Contexts[1].Roots.PEM...)
		},
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "a backup without the store", verdict: remediate.Change, byHand: []string{"does not hold this store"},
		backup: func(s *remediate.Snapshot, _ *[]remediate.Step) { s.Contexts = s.Contexts[:1] },
		steps:  []remediate.StepKind{remediate.StepBackup, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "another name", change: all(set("TLSContexts", 1, "Name", "Other"), set("ProxySet", 1, "TLSContextName", "Other"), set("SIPInterface", 1, "TLSContext", "Other")),
		verdict: remediate.Blocked, byHand: []string{"had another name", "had another name"}},
	{name: "a switch that is neither on nor off", change: set("TLSContexts", 1, "UseDefaultCABundle", "7"), verdict: remediate.Change,
		steps: fullRestore[:3:3], findings: []string{remediate.ReplacesStore}, byHand: []string{`has the value "7"`}},
	{name: "an obscured secret in the table", change: set("TLSContexts", 0, "OcspServerPrimary", "$1$Zm9v"), verdict: remediate.Change,
		steps: fullRestore[:3:3], findings: []string{remediate.ReplacesStore}, byHand: []string{"obscured secret"}},
	{name: "the context serves the management interface by now", tables: management("default"), change: set("AdditionalManagementInterfaces", 0, "TLSContextName", "Teams"),
		verdict: remediate.Blocked, byHand: []string{"serves the management interface", "serves the management interface"}},
	{name: "the same by index", tables: management("default"), change: set("AdditionalManagementInterfaces", 0, "TLSContextName", "1"),
		verdict: remediate.Blocked, byHand: []string{"serves the management interface", "serves the management interface"}},
	{name: "another context serves the management interface", tables: management("default"), verdict: remediate.Change, steps: fullRestore, findings: []string{remediate.ReplacesStore}},
	{name: "a root that acfix does not import", verdict: remediate.Change, byHand: []string{"a root that acfix does not import"},
		backup: func(s *remediate.Snapshot, steps *[]remediate.Step) {
			foreign := certs.ParseStore(s.Contexts[1].Roots.PEM).Certificates[0].SHA256
			s.Contexts[1].Roots.PEM = nil
			(*steps)[2].SHA256, (*steps)[2].Root = foreign, "Contoso Enterprise Root CA"
		},
		steps: []remediate.StepKind{remediate.StepBackup, remediate.StepDisableBundle, remediate.StepSave}},
	{name: "the run was a restore", verdict: remediate.Blocked, byHand: []string{"was a restore itself"},
		backup: func(_ *remediate.Snapshot, steps *[]remediate.Step) {
			*steps = []remediate.Step{{Kind: remediate.StepDisableBundle, Context: new(1)}}
		}},
	{name: "the run did something unknown", verdict: remediate.Blocked, byHand: []string{"does not know"},
		backup: func(_ *remediate.Snapshot, steps *[]remediate.Step) {
			*steps = []remediate.Step{{Kind: "paint_it_black"}}
		}},

	// Which device.
	{name: "the serial number, given", terms: remediate.RestoreTerms{ConfirmSerial: serial}, verdict: remediate.Change, steps: fullRestore, findings: []string{remediate.ReplacesStore}},
	{name: "another serial number, given", terms: remediate.RestoreTerms{ConfirmSerial: "1"}, verdict: remediate.Errored, failure: remediate.CodeOtherDevice},
	{name: "another device", change: func(d *mockdevice.Device) { d.SetSerial("99") }, verdict: remediate.Errored, failure: remediate.CodeOtherDevice},
	{name: "another device, and the old number given", change: func(d *mockdevice.Device) { d.SetSerial("99") }, terms: remediate.RestoreTerms{ConfirmSerial: serial},
		verdict: remediate.Errored, failure: remediate.CodeOtherDevice},
	{name: "the other unit of a pair", change: func(d *mockdevice.Device) { d.SetSerial("99") }, terms: remediate.RestoreTerms{ConfirmSerial: "99"},
		verdict: remediate.Change, steps: fullRestore, findings: []string{remediate.OtherSerial, remediate.ReplacesStore}},
	{name: "a device without a serial number", change: func(d *mockdevice.Device) { d.SetSerial("") }, verdict: remediate.Errored, failure: remediate.CodeOtherDevice},

	// What waits unsaved.
	{name: "somebody else's change waits unsaved", change: set("ProxySet", 0, "ProxyKeepAliveTime", "61"), unsaved: true,
		verdict: remediate.Blocked, findings: []string{remediate.ReplacesStore, remediate.UnsavedChanges}},
	{name: "somebody else's parameter waits unsaved", change: param("VerifyServerCertificate", "0"), unsaved: true,
		verdict: remediate.Blocked, findings: []string{remediate.ReplacesStore, remediate.UnsavedChanges}},
	{name: "it may be saved", change: set("ProxySet", 0, "ProxyKeepAliveTime", "61"), unsaved: true, terms: remediate.RestoreTerms{SaveUnsaved: true},
		verdict: remediate.Change, steps: fullRestore, findings: []string{remediate.ReplacesStore, remediate.UnsavedChanges}},
	{name: "somebody else's root waits unsaved", change: func(d *mockdevice.Device) { d.AddRoot(1, certs.Required()[0].PEM()) }, unsaved: true,
		verdict: remediate.Blocked, findings: []string{remediate.ReplacesStore, remediate.UnsavedChanges}},
	{name: "a change that was saved", change: set("ProxySet", 0, "ProxyKeepAliveTime", "61"),
		verdict: remediate.Change, steps: fullRestore, findings: []string{remediate.ReplacesStore}},
	{name: "an unchecked certificate", terms: remediate.RestoreTerms{InsecureTLS: true}, verdict: remediate.Change, steps: fullRestore,
		findings: []string{remediate.InsecureTLS, remediate.ReplacesStore}},
}

func without(steps []remediate.Step, kind remediate.StepKind) []remediate.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(step remediate.Step) bool { return step.Kind == kind })
}

func TestRestoreDecisions(t *testing.T) {
	for _, row := range restoreDecisions {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			model := preset(t, "7.4.500")
			if row.tables != nil {
				row.tables(&model)
			}
			r := newRig(t, model)
			r.repaired(remediate.Choice{})
			if row.change != nil {
				row.change(r.device)
			}
			if !row.unsaved {
				r.save()
			}
			before, steps := r.kept, slices.Clone(r.keptSteps)
			before.Contexts = slices.Clone(before.Contexts)
			if row.backup != nil {
				row.backup(&before, &steps)
			}
			point, err := remediate.NewRestorePoint(before, steps)
			require.NoError(t, err)
			plan := r.planRestore(point, row.terms)

			assert.Equal(t, row.verdict, plan.Verdict)
			want := row.steps
			if want != nil && want[len(want)-1] != remediate.StepSave {
				want = append(slices.Clone(want), remediate.StepSave)
			}
			assert.Equal(t, append([]remediate.StepKind{}, want...), kinds(plan.Steps))
			assert.Equal(t, append([]string{}, row.findings...), codes(plan.Findings))
			require.Len(t, plan.ByHand, len(row.byHand))
			for i, piece := range row.byHand {
				assert.Contains(t, plan.ByHand[i], piece)
			}
			assert.Equal(t, slices.Contains(want, remediate.StepRemoveRoot), len(plan.Replaces) > 0 && plan.Verdict == remediate.Change)
			if row.failure != "" {
				require.NotNil(t, plan.Error)
				assert.Equal(t, row.failure, plan.Error.Code)
				return
			}
			assert.Nil(t, plan.Error)
			requireDoneAsPlanned(t, r, point, plan)
		})
	}
}

// requireDoneAsPlanned carries out a plan of the table and compares.
func requireDoneAsPlanned(t *testing.T, r *rig, point remediate.RestorePoint, plan remediate.RestorePlan) {
	t.Helper()
	before := r.device.Running()
	r.device.ResetLog()
	result := r.carryOutRestore(t.Context(), point, plan, plan.Device.Serial)
	assert.Equal(t, plan.ByHand, result.ByHand)
	if plan.Verdict != remediate.Change {
		assert.Equal(t, before, r.device.Running())
		assert.Zero(t, r.device.Writes())
		return
	}
	require.Equal(t, remediate.Applied, result.Status, "%+v", result.Error)
	assert.Equal(t, before.Roots[0], r.device.Running().Roots[0])
	if len(plan.Replaces) == 0 {
		assert.Equal(t, before.Roots, r.device.Running().Roots)
		assert.Zero(t, replacements(r))
	}
	assert.False(t, r.device.SaveNeeded())
}

// TestTheManagementInterfaceKeepsItsRoots: a restore names, with its SHA-256, what an apply imported there by the
// operator's choice; the switch was never touched.
func TestTheManagementInterfaceKeepsItsRoots(t *testing.T) {
	t.Parallel()
	model := preset(t, "7.4.500")
	management("Teams")(&model)
	r := newRig(t, model)
	before := r.device.Running()
	point := r.repaired(remediate.Choice{AllowSharedContext: true})
	after := r.device.Running()
	assert.Len(t, after.Roots[1], len(before.Roots[1])+7)
	assert.Equal(t, before.Configuration, after.Configuration, "no switch was touched")
	result := r.restore(point)
	assert.Equal(t, remediate.StatusBlocked, result.Status)
	require.Len(t, result.ByHand, 1)
	assert.Equal(t, 7, strings.Count(result.ByHand[0], "SHA-256"), "every root is named")
	assert.Equal(t, after, r.device.Running())
	assert.Zero(t, r.device.Writes())
}

func TestContext0IsNeverReplaced(t *testing.T) {
	t.Parallel()
	r := newRig(t, preset(t, "7.0"))
	r.device.AddRoot(0, mockdevice.SelfMadeRoot("Management CA"))
	r.device.SetCell("SIPInterface", 1, "TLSContext", "default")
	r.device.SetCell("ProxySet", 1, "TLSContextName", "default")
	r.save()
	point := r.repaired(remediate.Choice{AllowDefaultContext: true})
	roots := r.device.Running().Roots
	result := r.restore(point)
	assert.Equal(t, remediate.StatusBlocked, result.Status)
	require.Len(t, result.ByHand, 1)
	assert.Contains(t, result.ByHand[0], "TLS Context 0")
	assert.Equal(t, 7, strings.Count(result.ByHand[0], "SHA-256"), "every root is named")
	assert.Equal(t, roots, r.device.Running().Roots)
	assert.Zero(t, r.device.Writes())
}

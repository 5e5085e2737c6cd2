package main

import (
	"errors"
	"os"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

func (a *app) planKeys(file string) planfile.Keys {
	return planfile.Keys{File: file, State: a.stateDirectory, Read: a.readPrivate}
}

func (a *app) savePlan(plan remediate.Plan, path, keyFile string) error {
	key, err := a.planKeys(keyFile).Sealing()
	if err != nil {
		return err
	}
	sealed, err := planfile.Seal(plan, key)
	if err != nil {
		return err
	}
	return writePrivate(path, sealed)
}

// neverPlans are the files that people mistake for a saved plan.
var neverPlans = []access.Argument{access.ArgInventory, access.ArgConfiguration, access.ArgPackage, access.ArgFolder}

// loadPlan opens a sealed plan. It refuses a file that is not as acfix wrote it before it believes anything in it.
func (a *app) loadPlan(path, keyFile string) (remediate.Plan, error) {
	info, err := os.Stat(path)
	switch {
	case slices.Contains(neverPlans, access.Classify(path)):
		return remediate.Plan{}, access.Classify(path).Refuse(path)
	case err != nil:
		return remediate.Plan{}, usage.Errorf("the plan file can't be read: %s", usage.Reason(err)).
			Hint("make a plan with: acfix plan TARGET --out " + path)
	case !info.Mode().IsRegular() || info.Size() > planfile.MaxBytes:
		return remediate.Plan{}, usage.Errorf("%s is no plan file", path).
			Hint("give a file that \"acfix plan --out\" wrote")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return remediate.Plan{}, usage.Errorf("the plan file can't be read: %s", usage.Reason(err)).
			Hint("check the path")
	}
	key, err := a.planKeys(keyFile).Opening()
	if errors.Is(err, planfile.ErrNoKey) {
		return remediate.Plan{}, usage.Errorf("%s: %s", path, err).
			Hint("plan again here, or give the key that it was sealed with by --plan-key")
	}
	if err != nil {
		return remediate.Plan{}, err
	}
	var plan remediate.Plan
	if err := planfile.Open(content, key, &plan); err != nil {
		hint := "plan again here, or give the key that it was sealed with by --plan-key"
		if errors.Is(err, planfile.ErrUnsealed) {
			hint = "plan again with --out FILE: the document that \"acfix plan -o json\" prints has no seal"
		}
		return remediate.Plan{}, usage.Errorf("%s: %s", path, err).Hint(hint)
	}
	if plan.Schema != remediate.PlanSchema {
		return remediate.Plan{}, usage.Errorf("%s has the schema %q, which this acfix does not know",
			path, plan.Schema).
			Hint("plan again with this acfix")
	}
	for i, device := range plan.Devices { // a waiver may have ended since
		plan.Devices[i].Findings = remediate.Waive(device.Findings, nil, a.now())
	}
	return plan, nil
}

// fileAmong returns the first file among several arguments, or "". If it were taken for the name of a host, that host
// would be sent a password.
func fileAmong(arguments []string, inventoryFile *access.InventoryFile) string {
	for _, argument := range arguments {
		if !inventoryFile.Lists(argument) && access.Classify(argument) != access.ArgDevice {
			return argument
		}
	}
	return ""
}

// writeTerms returns the conditions for carrying out the plans of a run; opened is its store, or nil.
func (a *app) writeTerms(what run.Assignment, opened *store.Store) run.WriteTerms {
	settings := what.Order.Settings
	terms := run.WriteTerms{
		LockTimeout: settings.LockTimeout.Value, Soak: settings.Soak.Value, Retry: a.patience(), Settle: a.settling(),
	}
	if what.Saved {
		saved := a.savedPlan(what.Head, settings.MaxAge.Value, opened)
		saved.Policy = policyInUse(what)
		terms.Saved = &saved
	}
	return terms
}

// savedPlan returns a sealed or approved plan. opened is the store of the run, or nil. A user's default store knows
// no more than the user's own marks.
func (a *app) savedPlan(plan remediate.Plan, maxAge time.Duration, opened *store.Store) planfile.SavedPlan {
	marks := planfile.Marks{
		State: a.stateDirectory, Patience: a.process().Patience(), Abort: a.abort, Holder: processName(),
	}
	if opened != nil && (opened.Shared() || a.flags.store != "") {
		marks.Store = opened
	}
	return planfile.SavedPlan{Head: plan, MaxAge: maxAge, Marks: marks}
}

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// sealingKey is the key that a plan is to be sealed with: that of planKey, made where there is none.
func (a *app) sealingKey(path string) ([]byte, error) {
	key, err := a.planKey(path)
	if !errors.Is(err, errNoPlanKey) {
		return key, err
	}
	state, err := a.stateDirectory()
	if err != nil {
		return nil, err
	}
	if err := makePlanKey(state.PlanKey()); err != nil {
		return nil, fmt.Errorf("keep the plan key: %w", err)
	}
	return a.planKey(path)
}

// errNoPlanKey: no plan was ever sealed by this user.
var errNoPlanKey = errors.New("the plan was sealed with another key: this user has saved none on this machine")

// planKey is the key that plans are sealed with: --plan-key, or the one of this user in the state
// directory. It makes none. Errors: errNoPlanKey.
func (a *app) planKey(path string) ([]byte, error) {
	if path != "" {
		key, err := a.readPrivate(path, "--plan-key")
		if key = bytes.TrimSpace(textfile.UTF8(key)); err == nil && len(key) < minKey {
			return nil, usage.Errorf("--plan-key: the key has less than %d characters", minKey).
				Hint("make one with: openssl rand -hex 32")
		}
		return key, err
	}
	state, err := a.stateDirectory()
	if err != nil {
		return nil, err
	}
	path = state.PlanKey()
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, errNoPlanKey
	}
	key, err := a.readPrivate(path, "the plan key "+path)
	if key = bytes.TrimSpace(key); err == nil && len(key) < minKey {
		err = fmt.Errorf("%s has less than %d characters; plans that were sealed with it can't be opened, remove it to have a new one made", path, minKey)
	}
	return key, err
}

const minKey = 32

// makePlanKey makes the key of this user. Of two that try at once, the first wins, and both
// use that one.
func makePlanKey(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails (crypto/rand)
	fresh := path + "-" + newID()
	if err := writePrivate(fresh, []byte(hex.EncodeToString(secret[:])+"\n")); err != nil {
		return err
	}
	defer func() { _ = os.Remove(fresh) }()
	if err := os.Link(fresh, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (a *app) savePlan(plan remediate.Plan, path, keyFile string) error {
	key, err := a.sealingKey(keyFile)
	if err != nil {
		return err
	}
	sealed, err := planfile.Seal(plan, key)
	if err != nil {
		return err
	}
	return writePrivate(path, sealed)
}

// loadPlan opens a sealed plan. A file that is not as acfix wrote it is refused before
// anything in it is believed.
func (a *app) loadPlan(path, keyFile string) (remediate.Plan, error) {
	info, err := os.Stat(path)
	switch {
	case access.Classify(path) == access.ArgInventory:
		return remediate.Plan{}, access.ArgInventory.Refuse(path)
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
	key, err := a.planKey(keyFile)
	if errors.Is(err, errNoPlanKey) {
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
		return remediate.Plan{}, usage.Errorf("%s has the schema %q, which this acfix does not know", path, plan.Schema).
			Hint("plan again with this acfix")
	}
	for i, device := range plan.Devices { // a waiver may have ended since
		plan.Devices[i].Findings = remediate.Waive(device.Findings, nil, a.now())
	}
	return plan, nil
}

// fileAmong is the first file among several arguments, "" where there is none: taken for the name of a
// host, it would be sent a password.
func fileAmong(arguments []string, roster *access.InventoryFile) string {
	for _, argument := range arguments {
		if !roster.Lists(argument) && access.Classify(argument) != access.ArgDevice {
			return argument
		}
	}
	return ""
}

// savedPlan is a plan that was sealed, or approved. opened is the store of the run, nil where it has none;
// the one that every user has by default knows no more than the user's own marks.
func (a *app) savedPlan(plan remediate.Plan, maxAge time.Duration, opened *store.Store) run.SavedPlan {
	marks := run.Marks{State: a.stateDirectory, Process: a.process(), Holder: processName()}
	if opened != nil && (opened.Shared() || a.flags.store != "") {
		marks.Store = opened
	}
	return run.SavedPlan{Head: plan, MaxAge: maxAge, Marks: marks}
}

package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/planfile"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/textfile"
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

// loadPlan opens a sealed plan. A file that is not as acfix wrote it is refused before
// anything in it is believed.
func (a *app) loadPlan(path, keyFile string) (remediate.Plan, error) {
	info, err := os.Stat(path)
	switch {
	case isInventoryFile(path):
		return remediate.Plan{}, inventoryInstead(path)
	case err != nil:
		return remediate.Plan{}, usage.New("make a plan with: acfix plan TARGET --out "+path, "the plan file can't be read: %s", usage.Reason(err))
	case !info.Mode().IsRegular() || info.Size() > planfile.MaxBytes:
		return remediate.Plan{}, usage.New("give a file that \"acfix plan --out\" wrote", "%s is no plan file", path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return remediate.Plan{}, usage.New("check the path", "the plan file can't be read: %s", usage.Reason(err))
	}
	key, err := a.planKeys(keyFile).Opening()
	if errors.Is(err, planfile.ErrNoKey) {
		return remediate.Plan{}, usage.New("plan again here, or give the key that it was sealed with by --plan-key", "%s: %s", path, err)
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
		return remediate.Plan{}, usage.New(hint, "%s: %s", path, err)
	}
	if plan.Schema != remediate.PlanSchema {
		return remediate.Plan{}, usage.New("plan again with this acfix", "%s has the schema %q, which this acfix does not know", path, plan.Schema)
	}
	for i, device := range plan.Devices { // a waiver may have ended since
		plan.Devices[i].Findings = remediate.Waive(device.Findings, nil, a.now())
	}
	return plan, nil
}

// isPlanFile tells a plan file from a device's name.
func isPlanFile(argument string) bool {
	if strings.Contains(argument, "://") {
		return false
	}
	return isFile(argument) || strings.HasSuffix(argument, ".json") || strings.ContainsRune(argument, os.PathSeparator)
}

func isFile(argument string) bool {
	info, err := os.Stat(argument)
	return err == nil && info.Mode().IsRegular()
}

// beginsAsPlan reports whether a file has a plan's schema at its beginning; its seal is not looked at.
func beginsAsPlan(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	head, _ := io.ReadAll(io.LimitReader(file, 512)) // less is no plan
	return strings.Contains(string(textfile.UTF8(head)), strconv.Quote(remediate.PlanSchema))
}

// planAmong is a file among several arguments, "" where there is none: taken for the name of a
// host, it would be sent a password.
func planAmong(arguments []string, roster *access.Roster) string {
	for _, argument := range arguments {
		if !roster.Lists(argument) && isPlanFile(argument) {
			return argument
		}
	}
	return ""
}

// savedPlan is a plan that was sealed, or approved. opened is the store of the run, nil where it has none;
// the one that every user has by default knows no more than the user's own marks.
func (a *app) savedPlan(plan remediate.Plan, maxAge time.Duration, opened *store.Store) planfile.SavedPlan {
	marks := planfile.Marks{State: a.stateDirectory, Patience: a.process().Patience(), Abort: a.abort, Holder: processName()}
	if opened != nil && (opened.Shared() || a.flags.store != "") {
		marks.Store = opened
	}
	return planfile.SavedPlan{Head: plan, MaxAge: maxAge, Marks: marks}
}

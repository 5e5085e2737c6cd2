package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/records/runs"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// planFlagsOf are the flags of plan as they were typed.
func planFlagsOf(t *testing.T, arguments ...string) *planFlags {
	t.Helper()
	var flags planFlags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.register(set)
	require.NoError(t, set.Parse(arguments))
	return &flags
}

// applyFlagsOf are those of apply.
func applyFlagsOf(t *testing.T, arguments ...string) *applyFlags {
	t.Helper()
	var flags applyFlags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.registerAll(set)
	require.NoError(t, set.Parse(arguments))
	return &flags
}

// recordOf returns the store's record of a run with these settings.
func recordOf(t *testing.T, order run.Order) store.Run {
	t.Helper()
	text, err := json.Marshal(order)
	require.NoError(t, err)
	header, err := json.Marshal(runs.Header{})
	require.NoError(t, err)
	return store.Run{ID: "1", Action: run.ActionApply, Order: text, Header: header}
}

const (
	ofTrust   = "whom to trust, the operator or the inventory says, today as on the first day"
	ofLogin   = "as whom to log in, the operator or the inventory says, today as on the first day"
	ofDevices = "the record lists the devices of the run"
	ofProcess = "each process has its own"
	ofPerson  = "it is for the person at this terminal"
)

// notSettings are the flags of plan and apply that neither --resume nor a job nor a worker carries, and why.
var notSettings = map[string]string{
	"username": ofLogin, "password-file": ofLogin, "client-cert": ofLogin, "client-key": ofLogin,
	"ca-file": ofTrust, "pin": ofTrust, "insecure": ofTrust, "tls-min": ofTrust, "legacy-ciphers": ofTrust,
	"limit": ofDevices, "resume": "it names the run that carries the rest",
	"inventory":  "the record has its path beside the settings; a job and a worker have their own",
	"plan-key":   "it opens a plan file, and the record has the plan itself",
	"out":        "it names a file to write when a plan is complete; give it again to have one",
	"roots-file": ofFiles, "firmware": ofFiles, "package-password-file": ofFiles, "identity": ofFiles,
	"dry-run": "it is the action of the run, and a dry run is not resumed", "yes": ofPerson,
	"detailed-exitcode": ofPerson, "verbose": ofPerson, "output": ofPerson, "no-color": ofPerson, "quiet": ofPerson, "help": ofPerson,
	"timeout": ofProcess, "retry-for": ofProcess, "backup-dir": ofProcess, "backup-recipient": ofProcess, "store": ofProcess,
	"log-level": ofProcess, "trust-owner": ofProcess,
}

const ofFiles = "a plan from files is not on record"

const ofInventory = "the inventory says it of each device"

// notInJobs are the settings that have no key in the jobs file, and why.
var notInJobs = map[string]string{
	"proxy-set": ofInventory, "sip-interface": ofInventory, "tls-context": ofInventory, "all-roots": ofInventory,
	"include-non-mtls": ofInventory, "save-unsaved": ofInventory, "allow-shared-context": ofInventory,
	"allow-default-context": ofInventory, "no-cert-check": ofInventory, "proxy": ofInventory,
	"lock-timeout": "the default holds for runs without a person", "max-age": "it belongs to approval: required",
}

// notForWorkers are the settings that a worker does not take from a run, and why.
var notForWorkers = map[string]string{
	"proxy":  "a worker reaches devices as its own inventory says",
	"policy": "a worker finds the policy on its own machine, by its digest", "trust-policy": "who began the run has accepted it",
}

// samples are values of settings that are no default.
var samples = map[string]string{
	"bool": "true", "int": "7", "duration": "7m0s", "string": "7",
	"window": "Sat 22:00-04:00 UTC", "proxy": "socks5://127.0.0.1:1080",
}

func sample(name string, field run.Field) string {
	if text, own := samples[name]; own {
		return text
	}
	return samples[field.Type()]
}

// flagsOf are all flags of a command, also those that every command has.
func flagsOf(command *cobra.Command) map[string]bool {
	names := map[string]bool{}
	note := func(flag *pflag.Flag) { names[flag.Name] = true }
	command.LocalFlags().VisitAll(note)
	command.InheritedFlags().VisitAll(note)
	return names
}

// TestEveryRunFlagIsCarried by --resume, by jobs and by workers, or is in a table with the reason why not.
func TestEveryRunFlagIsCarried(t *testing.T) {
	t.Parallel()
	root := newTestApp(t, "7.4.500", "").app.rootCommand()
	settings := run.DefaultSettings()
	fields := settings.Fields()
	assert.Len(t, fields, reflect.TypeFor[run.Settings]().NumField(), "run.Settings.Fields leaves one out")
	apply := flagsOf(childOf(root, "apply"))
	for _, names := range []map[string]bool{flagsOf(childOf(root, "plan")), apply} {
		for name := range names {
			reason := notSettings[name]
			assert.NotEqual(t, fields[name] == nil, reason == "",
				"--%s: carry it in run.Settings, or say in notSettings why not", name)
		}
	}
	for name := range fields {
		assert.True(t, apply[name], "apply has no flag --%s for the setting", name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := sample(name, fields[name])
			given := applyFlagsOf(t, "--"+name+"="+text).order()
			require.Equal(t, text, given.Settings.Fields()[name].String())

			resumed, err := run.Recall(recordOf(t, given), applyFlagsOf(t).order())
			require.NoError(t, err)
			assert.Equal(t, given.Settings, resumed.Order.Settings, "--resume")
			assert.Equal(t, notInJobs[name] == "", isJobKey(name, text), "jobs: %s", notInJobs[name])
			assert.Equal(t, notForWorkers[name] == "", workerTakes(t, name, given), "workers: %s", notForWorkers[name])
		})
	}
}

// isJobKey reports whether the jobs file has a key for a setting, and takes it as the flag does.
func isJobKey(name, text string) bool {
	const job = "jobs:\n  - {name: a, action: apply, inventory: i, %s: %q}\n"
	read, err := jobs.Parse(fmt.Appendf(nil, job, strings.ReplaceAll(name, "-", "_"), text), "")
	return err == nil && read.Jobs[0].Settings.Fields()[name].String() == text
}

func workerTakes(t *testing.T, name string, begun run.Order) bool {
	t.Helper()
	what, err := workersOwn(recordOf(t, begun))
	require.NoError(t, err)
	return what.Order.Settings.Fields()[name].String() == begun.Settings.Fields()[name].String()
}

// TestALimitOfARunHoldsWhenItIsResumed: what was refused for its age must not be carried out by a resume
// that says nothing of it.
func TestALimitOfARunHoldsWhenItIsResumed(t *testing.T) {
	t.Parallel()
	begun := applyFlagsOf(t, "--max-age", "1h", "--lock-timeout", "5s", "--batch", "1", "--username", "kim", "--pin", "aa", "--yes",
		"--legacy-ciphers", "--client-cert", "a.pem", "--client-key", "a.key")
	kept := recordOf(t, begun.order())
	assert.JSONEq(t, `{"inventory": "", "flags": {"max-age": "1h0m0s", "lock-timeout": "5s", "batch": "1"}}`,
		string(kept.Order), "and neither user nor trust")

	resumed, err := run.Recall(kept, applyFlagsOf(t, "--lock-timeout", "9s").order())
	require.NoError(t, err)
	assert.Equal(t, time.Hour, resumed.Order.Settings.MaxAge.Value)
	assert.Equal(t, 9*time.Second, resumed.Order.Settings.LockTimeout.Value, "said anew")
}

// oldOrder is the order of a run as the first version that kept runs recorded it. It must stay readable.
const oldOrder = `{"inventory": %q, "flags": {
	"proxy-set": "Teams", "sip-interface": "0x1", "tls-context": "1", "all-roots": "true", "include-non-mtls": "false",
	"save-unsaved": "true", "allow-shared-context": "true", "allow-default-context": "true", "no-cert-check": "true",
	"parallel": "4", "batch": "1,100%%", "soak": "1m30s", "pause": "10m0s", "max-failures": "2", "max-unreachable": "5%%",
	"window": "Sat,Sun 22:00-04:00 UTC", "lock-timeout": "5s", "max-age": "1h0m0s", "proxy": "socks5://127.0.0.1:1080",
	"a-flag-of-another-version": "x"}}`

func TestAnOldRecordIsRead(t *testing.T) {
	t.Parallel()
	kept := recordOf(t, run.Order{})
	kept.Order = fmt.Appendf(nil, oldOrder, "inventory.yaml")
	what, err := run.Recall(kept, run.Order{Settings: run.DefaultSettings()})
	require.NoError(t, err)
	assert.Equal(t, run.Order{Inventory: "inventory.yaml", Settings: run.Settings{
		ProxySet: run.Give("Teams"), SIPInterface: run.Give("0x1"), TLSContext: run.Give("1"),
		AllRoots: run.Give(true), IncludeNonMTLS: run.Give(false), SaveUnsaved: run.Give(true),
		AllowSharedContext: run.Give(true), AllowDefaultContext: run.Give(true), NoCertCheck: run.Give(true),
		Parallel: run.Give(4), Batch: run.Give("1,100%"), Soak: run.Give(90 * time.Second), Pause: run.Give(10 * time.Minute),
		MaxFailures: run.Give("2"), MaxUnreachable: run.Give("5%"), Window: run.Give("Sat,Sun 22:00-04:00 UTC"),
		LockTimeout: run.Give(5 * time.Second), MaxAge: run.Give(time.Hour), Proxy: run.Give("socks5://127.0.0.1:1080"),
	}}, what.Order)
}

// TestAnOldRecordIsResumed with its recorded flags.
func TestAnOldRecordIsResumed(t *testing.T) {
	t.Parallel()
	n := newScheduled(t, "apply")
	header, err := json.Marshal(runs.Header{Plan: n.app.planHead()})
	require.NoError(t, err)
	const order = `{"inventory": %q, "flags": {"save-unsaved": "true", "parallel": "1", "window": %q}}`
	left := func(id, window string) {
		require.NoError(t, n.store.CreateRun(t.Context(), store.Run{
			ID: id, Action: run.ActionApply, Header: header, Created: n.now(),
			Order: fmt.Appendf(nil, order, filepath.Join(filepath.Dir(n.jobs), "inventory.yaml"), window),
		}, []store.Device{{Target: "sbc", URL: n.target[0]}}))
	}
	left("0ddc105ed", "10:00-11:00 UTC")
	require.Equal(t, exitHalted, n.app.run([]string{"apply", "--yes", "--resume", "0ddc105ed"}), n.warned)
	assert.Zero(t, n.device.Writes(), "the window of the record is closed")
	left("0ddba11", "00:00-24:00 UTC")
	n.device.SetParam("EnableSyslog", "0") // unsaved, by another administrator
	require.Equal(t, exitDone, n.app.run([]string{"apply", "--yes", "--resume", "0ddba11"}), n.warned)
	assert.Equal(t, 4, n.device.Writes())

	require.NoError(t, n.store.CreateRun(t.Context(), store.Run{
		ID: "bad", Action: run.ActionApply, Header: header, Order: []byte(`{"inventory": "", "flags": {"parallel": "many"}}`), Created: n.now(),
	}, []store.Device{{Target: "sbc", URL: n.target[0]}}))
	require.Equal(t, exitUsage, n.app.run([]string{"apply", "--yes", "--resume", "bad"}))
	assert.Contains(t, n.warned.String(), "error: the run was started with --parallel many, which this acfix does not take")
}

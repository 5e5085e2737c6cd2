package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/mockdevice"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alike are devices of one firmware that are all to be repaired, by a switch and two imports.
func alike(n int) mockdevice.FleetModel {
	return mockdevice.FleetModel{Size: n, Uniform: "7.4.500"}
}

// night is a time inside of the windows of these tests; the clock stands still but for waiting.
var night = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func (d *depot) at(start time.Time) {
	var mutex sync.Mutex
	now := start
	d.app.now = func() time.Time { mutex.Lock(); defer mutex.Unlock(); return now }
	d.app.sleep = func(ctx context.Context, pause time.Duration) error {
		mutex.Lock()
		defer mutex.Unlock()
		now = now.Add(pause)
		return ctx.Err()
	}
}

// requireSkipped: never started, for that reason, and nothing written.
func (d *depot) requireSkipped(o outcome, index int, code string) {
	d.t.Helper()
	name := d.fleet.Member(index).Name
	require.Equal(d.t, "skipped", o.status(name), name)
	require.Equal(d.t, code, o.code(name), name)
	require.Zero(d.t, d.counts(index).Writes, name)
}

func TestAClosedWindowStopsEverything(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	d.at(night.Add(10 * time.Hour))
	result := d.apply(exitHalted, "--window", "22:00-04:00 Europe/Berlin")
	for i := range d.fleet.Len() {
		d.requireSkipped(result, i, "window_closed")
	}
	assert.Equal(t, mockdevice.Counts{}, d.fleet.Counts(), "nobody was asked anything")
	plan := decode(t, d.acfix(exitHalted, "plan", "-i", d.inventory, "-o", "json", "--window", "22:00-04:00 Europe/Berlin"))
	assert.Equal(t, true, first(t, plan, "devices", "skipped"))
	assert.Equal(t, mockdevice.Counts{}, d.fleet.Counts())
}

func TestAWindowThatClosesBetweenWaves(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(6))
	d.at(night)
	flags := []string{"--window", "22:00-04:00 Europe/Berlin", "--batch", "2,4", "--pause", "45m"}
	result := d.apply(exitHalted, flags...)
	assert.Equal(t, 4, result.count("applied"), "at 2:00 and 2:45 UTC")
	d.requireSkipped(result, 4, "window_closed")
	d.requireSkipped(result, 5, "window_closed")

	assert.Contains(t, d.stderr.String(), "acfix apply --resume "+result.run+"\n")

	before := d.fleet.EachCounts()
	d.at(night.Add(24 * time.Hour))
	resumed := d.outcome(d.acfix(exitDone, "apply", "--yes", "-o", "json", "--resume", result.run))
	assert.Equal(t, result.run, resumed.run)
	assert.Equal(t, 6, resumed.count("applied"))
	for i := range 6 {
		d.requireRepaired(i)
		if i < 4 {
			assert.Equal(t, before[d.fleet.Member(i).Name], d.counts(i), "what is done is not asked again")
		}
	}
	d.requireCareful()
}

// TestAResumedRunKeepsItsRules: a run's settings hold when it is resumed, unless
// the command line says otherwise.
func TestAResumedRunKeepsItsRules(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(4))
	d.at(night)
	flags := []string{"--window", "22:00-04:00 Europe/Berlin", "--batch", "1,2", "--max-failures", "0", "--all-roots"}
	d.fault(1, "PUT /files/tls/1/trustedRoot/incremental count=1 status=400")
	result := d.apply(exitHalted, flags...)
	require.Equal(t, "failed", result.status("sbc-00002"))

	before := d.fleet.Counts()
	d.at(night.Add(12 * time.Hour))
	d.acfix(exitHalted, "apply", "--yes", "-o", "json", "--resume", result.run)
	assert.Equal(t, before, d.fleet.Counts(), "the window is shut")

	d.at(night.Add(24 * time.Hour))
	resumed := d.outcome(d.acfix(exitDone, "apply", "--yes", "-o", "json", "--resume", result.run))
	assert.Equal(t, 4, resumed.count("applied"))
	steps, _ := resumed.devices["sbc-00003"]["steps"].([]any)
	assert.Len(t, steps, 10, "backup, switch, all required roots, save")
}

func TestTooManyUnreachable(t *testing.T) {
	t.Parallel()
	d := newDepot(t, mockdevice.FleetModel{Size: 12, Seed: 3, Uniform: "7.4.500", Dead: 6})
	result := d.apply(exitHalted, "--max-unreachable", "2", "--parallel", "1", "--retry-for", "0s")
	assert.Equal(t, 3, result.count("failed"), "the run stops at the third")
	assert.Equal(t, 9, result.count("skipped"))
	assert.Zero(t, d.fleet.Counts().Writes, "nothing is written in a network that is half gone")
	for i := range d.fleet.Len() {
		name := d.fleet.Member(i).Name
		assert.Contains(t, []string{"unreachable", "failure_budget"}, result.code(name))
	}

	patient := d.apply(exitFailed, "--max-unreachable", "50%", "--retry-for", "0s")
	assert.Equal(t, 6, patient.count("failed"))
	assert.Equal(t, 6, patient.count("applied"))
}

func TestAWrongDirectoryPasswordIsTriedTwice(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	d.app.readSecret = func() ([]byte, error) { return []byte("of last month"), nil }
	result := d.apply(exitFailed)
	assert.Equal(t, 2, d.fleet.Counts().FailedLogins)
	assert.Equal(t, 2, result.count("failed"))
	assert.Equal(t, 58, result.count("skipped"))
	for i := range d.fleet.Len() {
		assert.Equal(t, "unauthorized", result.code(d.fleet.Member(i).Name))
	}
	assert.LessOrEqual(t, len(d.fleet.EachCounts()), 2)
}

// TestAWrongPasswordOfSomeIsTheirsAlone: others go on with their own.
func TestAWrongPasswordOfSomeIsTheirsAlone(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(8))
	getenv := d.app.getenv
	d.app.getenv = func(name string) string {
		if name == "SITE_PASSWORD" {
			return "of last month"
		}
		return getenv(name)
	}
	d.editInventory(func(text string) string {
		head, tail, _ := strings.Cut(text, "  - name: sbc-00005")
		return head + strings.ReplaceAll("  - name: sbc-00005"+tail, "    tags:", "    password_env: SITE_PASSWORD\n    tags:")
	})
	result := d.apply(exitFailed)
	assert.Equal(t, 4, result.count("applied"))
	assert.Equal(t, 2, result.count("failed"))
	assert.Equal(t, 2, result.count("skipped"))
	assert.Equal(t, 2, d.fleet.Counts().FailedLogins)
}

func TestAnInterruptedRunIsResumed(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(12))
	var once sync.Once
	d.device(4).OnRequest(func(_ int, request *http.Request) {
		if request.Method == http.MethodPut {
			once.Do(func() { close(d.stop) })
		}
	})
	result := d.apply(exitInterrupted, "--parallel", "2", "--batch", "100%")
	assert.Positive(t, result.count("applied"))
	assert.Equal(t, 12, result.count("applied")+result.count("failed")+result.count("skipped"))
	assert.LessOrEqual(t, result.count("failed"), 2, "what was in hand")
	for i := range d.fleet.Len() {
		switch name := d.fleet.Member(i).Name; result.status(name) {
		case "applied":
			d.requireRepaired(i)
		case "failed":
			assert.Equal(t, "interrupted", result.code(name))
		default:
			d.requireSkipped(result, i, "interrupted")
		}
	}

	before := d.fleet.EachCounts()
	again := *d.app // what the first run left may still look at its own
	again.stop = make(chan struct{})
	d.app = &again
	resumed := d.outcome(d.acfix(exitDone, "apply", "--yes", "-o", "json", "--resume", result.run[:6]))
	assert.Equal(t, 12, resumed.count("applied")+resumed.count("unchanged"))
	for i := range d.fleet.Len() {
		d.requireRepaired(i)
		if name := d.fleet.Member(i).Name; result.status(name) == "applied" {
			assert.Equal(t, before[name], d.counts(i), "what is done is not asked again")
		}
	}
	d.requireCareful()

	counts := d.fleet.Counts()
	d.acfix(exitDone, "apply", "--yes", "-o", "json", "--resume", result.run)
	assert.Equal(t, counts, d.fleet.Counts(), "a run that is done asks nobody")
}

// TestAResumedRunDoesNotForgetWhatItBegan: where something was written and the run does not
// come back to it, the device is not called skipped.
func TestAResumedRunDoesNotForgetWhatItBegan(t *testing.T) {
	t.Parallel()
	for name, flags := range map[string][]string{
		"stopped before it is read": {"--window", "00:00-01:00 UTC"},
		"stopped after it was read": {"--batch", "1", "--pause", "3h", "--window", "01:00-03:00 UTC"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, alike(3))
			d.at(night)
			d.fault(1, "PUT /files/tls/1/trustedRoot/incremental skip=1 count=1 status=400")
			d.fault(0, "GET /status count=1 status=400")
			result := d.apply(exitFailed)
			require.Equal(t, "failed", result.status("sbc-00002"))
			require.Positive(t, d.counts(1).Writes)
			resumed := d.outcome(d.acfix(exitHalted, append([]string{"apply", "--yes", "-o", "json", "--resume", result.run}, flags...)...))
			assert.Equal(t, "failed", resumed.status("sbc-00002"))
			assert.Equal(t, "window_closed", resumed.code("sbc-00002"))
			assert.Contains(t, resumed.devices["sbc-00002"]["error"].(map[string]any)["message"], "begun before")
		})
	}
}

// TestAResumedRunThatCantReadSaysWhatMayBeLeft, however often it can't: the result of the resume
// takes the place of the one that told what was left on the device.
func TestAResumedRunThatCantReadSaysWhatMayBeLeft(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	d.fault(0, "GET /status count=1 status=400")
	d.fault(1, "PUT /files/tls/1/trustedRoot/incremental skip=1 count=1 status=400")
	result := d.apply(exitFailed)
	require.Equal(t, "failed", result.status("sbc-00002"))
	was := result.devices["sbc-00002"]
	require.NotEmpty(t, was["left_on_device"])
	for range 2 {
		d.fault(0, "GET /status count=1 status=400")
		d.fault(1, "GET /status count=1 status=400")
		resumed := d.outcome(d.acfix(exitFailed, "apply", "--yes", "-o", "json", "--resume", result.run))
		hint := func(name string) any { return resumed.devices[name]["error"].(map[string]any)["hint"] }
		assert.Equal(t, "rejected", resumed.code("sbc-00002"))
		assert.Contains(t, hint("sbc-00002"), "do not save there by hand")
		assert.NotContains(t, hint("sbc-00001"), "by hand", "nobody has begun with it")
		for _, key := range []string{"steps", "left_on_device", "backup"} {
			assert.Equal(t, was[key], resumed.devices["sbc-00002"][key], key)
		}
		assert.Empty(t, resumed.devices["sbc-00001"]["left_on_device"])
	}
	assert.Equal(t, "applied", d.outcome(d.acfix(exitDone, "apply", "--yes", "-o", "json", "--resume", result.run)).status("sbc-00002"))
}

// inSoak does something while a soak of an hour lasts. goOn is another process, without that:
// what the first one left may still look at its own.
func (d *depot) inSoak(do func()) (goOn func()) {
	wait := d.app.sleep
	d.app.sleep = func(ctx context.Context, pause time.Duration) error {
		if pause == time.Hour {
			do()
		}
		return wait(ctx, pause)
	}
	return func() {
		again := *d.app
		again.stop, again.sleep = make(chan struct{}), wait
		d.app = &again
	}
}

func TestASoakFindsALostChange(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(5))
	d.at(night)
	d.inSoak(func() {
		d.device(1).SetCell("TLSContexts", 1, "UseDefaultCABundle", "0")
	})
	result := d.apply(exitHalted, "--soak", "1h", "--batch", "3", "--max-failures", "0")
	assert.Equal(t, "failed", result.status("sbc-00002"))
	assert.Equal(t, "not_verified", result.code("sbc-00002"))
	assert.Equal(t, 2, result.count("applied"))
	d.requireSkipped(result, 3, "failure_budget")
	d.requireSkipped(result, 4, "failure_budget")
}

func TestASoakThatIsCutOffIsNotPassed(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	d.app.sleep = func(ctx context.Context, pause time.Duration) error {
		if pause > 50*time.Minute {
			close(d.stop)
			<-ctx.Done()
		}
		return ctx.Err()
	}
	result := d.apply(exitInterrupted, "--soak", "1h")
	assert.Equal(t, 2, result.count("applied"))
	assert.Contains(t, d.stderr.String(), "stopped before 2 applied devices were read again")
}

// TestASoakThatWasCutOffIsOwed: resumed, the wave is waited for and read again before the next
// one starts; once it was, it counts as done.
func TestASoakThatWasCutOffIsOwed(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]bool{"all is as it was left": false, "a change got lost meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDepot(t, alike(4))
			d.at(night)
			goOn := d.inSoak(func() { close(d.stop) })
			result := d.apply(exitInterrupted, "--soak", "1h", "--batch", "2", "--max-failures", "0")
			require.Equal(t, 2, result.count("applied"))
			if lost {
				d.device(1).SetCell("TLSContexts", 1, "UseDefaultCABundle", "0")
			}
			goOn()
			resume := []string{"apply", "--yes", "-o", "json", "--resume", result.run}
			if lost {
				resumed := d.outcome(d.acfix(exitHalted, resume...))
				assert.Equal(t, "not_verified", resumed.code("sbc-00002"))
				d.requireSkipped(resumed, 2, "failure_budget")
				return
			}
			resumed := d.outcome(d.acfix(exitDone, resume...))
			assert.Equal(t, 4, resumed.count("applied"))
			assert.NotEmpty(t, resumed.devices["sbc-00001"]["read_again"])
			counts := d.fleet.Counts()
			d.acfix(exitDone, resume...)
			assert.Equal(t, counts, d.fleet.Counts(), "what was read again is done")
		})
	}
}

// TestASoakThatIsOwedIsReadOutsideOfTheWindow: nothing is started there, and what was applied is
// not called so unread.
func TestASoakThatIsOwedIsReadOutsideOfTheWindow(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(4))
	d.at(night)
	goOn := d.inSoak(func() { close(d.stop) })
	window := night.Format("15:04") + "-" + night.Add(90*time.Minute).Format("15:04") + " UTC"
	result := d.apply(exitInterrupted, "--soak", "1h", "--batch", "2", "--window", window)
	require.Equal(t, 2, result.count("applied"))
	d.device(1).SetCell("TLSContexts", 1, "UseDefaultCABundle", "0")
	goOn()
	d.at(night.Add(3 * time.Hour))
	resumed := d.outcome(d.acfix(exitHalted, "apply", "--yes", "-o", "json", "--resume", result.run))
	assert.NotEmpty(t, resumed.devices["sbc-00001"]["read_again"])
	assert.Equal(t, "not_verified", resumed.code("sbc-00002"))
	d.requireSkipped(resumed, 2, "window_closed")
}

// TestASoakWithoutAPasswordSendsNone: the password command fails when the run is resumed.
func TestASoakWithoutAPasswordSendsNone(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(3))
	d.at(night)
	goOn := d.inSoak(func() { close(d.stop) })
	result := d.apply(exitInterrupted, "--soak", "1h")
	require.Equal(t, 3, result.count("applied"))
	content, err := os.ReadFile(d.inventory)
	require.NoError(t, err)
	content = bytes.Replace(content, []byte("defaults:\n"), []byte("defaults:\n  password_command: [no-such-program]\n"), 1)
	require.NoError(t, os.WriteFile(d.inventory, content, 0o600))
	goOn()
	before := d.fleet.Counts()
	resumed := d.outcome(d.acfix(exitFailed, "apply", "--yes", "-o", "json", "--resume", result.run))
	assert.Equal(t, "no_password", resumed.code("sbc-00001"))
	assert.Equal(t, before, d.fleet.Counts(), "nobody was asked")
}

// TestAPasswordThatChangesInASoak costs two failed logins, and nothing is called done.
func TestAPasswordThatChangesInASoak(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(6))
	d.at(night)
	d.inSoak(func() {
		for i := range d.fleet.Len() {
			d.device(i).AddFault(mockdevice.Fault{Do: mockdevice.Status, Status: http.StatusUnauthorized})
		}
	})
	connections := 0
	result := d.apply(exitFailed, "--soak", "1h", "--parallel", "1")
	for i := range d.fleet.Len() {
		assert.Equal(t, "unauthorized", result.code(d.fleet.Member(i).Name))
		d.requireRepaired(i)
		connections += d.counts(i).Handshakes
	}
	assert.Equal(t, 6, result.count("failed"))
	assert.Equal(t, 6*(1+4)+2, connections, "one connection to read, one for each write, and two of the soak")
}

// lines are the events of -o jsonl; each fits its schema.
func (d *depot) lines(text string) []map[string]any {
	d.t.Helper()
	var events []map[string]any
	scanner := bufio.NewScanner(strings.NewReader(text))
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		var event map[string]any
		require.NoError(d.t, json.Unmarshal(scanner.Bytes(), &event))
		require.Equal(d.t, "acfix.event/v1", event["schema"])
		require.NoError(d.t, fits(d.t, scanner.Text()), "%s", scanner.Text())
		events = append(events, event)
	}
	require.NoError(d.t, scanner.Err())
	return events
}

func TestEveryLineIsAnEvent(t *testing.T) {
	t.Parallel()
	d := newDepot(t, sixty())
	d.fault(d.readies()[2], broken)
	for name, test := range map[string]struct {
		code      int
		arguments []string
		keys      []string // of the summary
	}{
		"plan":    {exitBlocked, []string{"plan", "--batch", "10,50%"}, []string{"blocked", "change", "compliant", "not_applicable"}},
		"dry run": {exitBlocked, []string{"apply", "--dry-run", "--yes"}, []string{"blocked", "not_applicable", "planned", "unchanged"}},
		"apply":   {exitFailed, []string{"apply", "--yes", "--soak", "1m", "--pause", "1m"}, []string{"applied", "blocked", "failed", "not_applicable", "unchanged"}},
	} {
		events := d.lines(d.acfix(test.code, append(test.arguments, "-i", d.inventory, "-o", "jsonl")...))
		last := events[len(events)-1]
		assert.Equal(t, "run_ended", last["event"], name)
		assert.Equal(t, test.keys, keys(last["summary"]), name)
		ended := 0
		for _, event := range events[:len(events)-1] {
			assert.Equal(t, last["run"], event["run"])
			assert.NotEqual(t, "run_ended", event["event"])
			if event["event"] == "planned" {
				ended++
			}
		}
		assert.Equal(t, 60, ended, name)
		assert.Equal(t, "phase_started", events[0]["event"], name)
		d.fleet.Reset()
	}
}

func TestRunsThatCantBeResumed(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	plan := decode(t, d.acfix(exitDone, "plan", "-i", d.inventory, "-o", "json"))["id"].(string)
	dry := decode(t, d.acfix(exitDone, "apply", "--dry-run", "-i", d.inventory, "-o", "json"))["run"].(string)
	applied := d.apply(exitDone).run
	for name, test := range map[string]struct {
		arguments []string
		says      string
	}{
		"unknown":                  {[]string{"apply", "--yes", "--resume", "ffffffffffff"}, "ffffffffffff"},
		"a plan by apply":          {[]string{"apply", "--yes", "--resume", plan}, "is of acfix plan"},
		"an apply by plan":         {[]string{"plan", "--resume", applied}, "is of acfix apply"},
		"a dry run":                {[]string{"apply", "--yes", "--resume", dry}, "was a dry run"},
		"with devices":             {[]string{"apply", "--yes", "--resume", applied, "sbc-00001"}, "takes the devices of that run, and no others"},
		"with a limit":             {[]string{"apply", "--yes", "--resume", applied, "--limit", "*"}, "takes the devices of that run, and no others"},
		"as a dry run":             {[]string{"apply", "--dry-run", "--resume", applied}, "it can't be a dry run"},
		"with a limit of failures": {[]string{"apply", "--yes", "--resume", applied, "--max-failures", "x"}, "--max-failures"},
	} {
		d.acfix(exitUsage, test.arguments...)
		assert.Contains(t, d.stderr.String(), test.says, name)
		assert.Contains(t, d.stderr.String(), "hint:", name)
	}

	state, err := d.app.stateDirectory()
	require.NoError(t, err)
	held, err := state.Locks().Take(t.Context(), statedir.RunName(applied))
	require.NoError(t, err)
	d.acfix(exitUsage, "apply", "--yes", "--resume", applied)
	assert.Contains(t, d.stderr.String(), "still going on")
	require.NoError(t, held.Release())
	d.acfix(exitDone, "apply", "--yes", "--resume", applied)
}

// TestWrongLimits are found before acfix asks a person or a device.
func TestWrongLimits(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(2))
	d.app.readSecret = func() ([]byte, error) { t.Error("a password is asked for"); return nil, nil }
	for _, flag := range []string{
		"--parallel=0", "--parallel=-1", "--parallel=x", "--batch=0", "--batch=101%", "--batch=tag:", "--batch=1,,2", "--max-failures=-1", "--max-failures=many",
		"--max-failures=101%", "--max-unreachable=x", "--max-unreachable=", "--soak=-1s", "--soak=x", "--pause=-1s", "--window=always", "--window=25:00-26:00 UTC",
		"--window=22:00-04:00 Nowhere/City",
	} {
		for _, command := range [][]string{{"plan"}, {"apply", "--yes"}, {"apply", "--dry-run"}} {
			d.acfix(exitUsage, append(command, "-i", d.inventory, flag)...)
			name, _, _ := strings.Cut(flag, "=")
			assert.Contains(t, d.stderr.String(), name, flag)
		}
	}
	assert.Equal(t, mockdevice.Counts{}, d.fleet.Counts())
}

// TestATagThatNoDeviceHas would leave the canaries out and begin with everything.
func TestATagThatNoDeviceHas(t *testing.T) {
	t.Parallel()
	d := newDepot(t, alike(3))
	for _, command := range [][]string{{"plan"}, {"apply", "--yes"}} {
		d.acfix(exitUsage, append(command, "-i", d.inventory, "--batch", "tag:canaries,100%")...)
		assert.Contains(t, d.stderr.String(), `no device of this run has the tag "canaries"`)
	}
	assert.Equal(t, mockdevice.Counts{}, d.fleet.Counts())
}

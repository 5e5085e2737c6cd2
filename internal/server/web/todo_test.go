package web_test

import (
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/remediate"
)

// TestADeviceBeginsWithWhatToDo: the reason and the hint stand before the facts, and once; what is empty is left out.
func TestADeviceBeginsWithWhatToDo(t *testing.T) {
	t.Parallel()
	problem := remediate.Finding{Code: remediate.SharedContext, Level: remediate.Problem, Message: "shared with a trunk", Hint: "give Teams a context of its own"}
	for name, test := range map[string]struct {
		change func(*web.DeviceDetail)
		first  []string
		absent []string
	}{
		"in order": {
			func(d *web.DeviceDetail) {
				d.Known.Verdict, d.Reading.Plan.Verdict, d.Reading.Plan.Steps = "compliant", "compliant", nil
			},
			[]string{"Nothing to do: it has every required root."}, []string{"Planned steps", "look at it and decide"},
		},
		"to be changed, and waiting": {func(*web.DeviceDetail) {}, []string{"To be done: 1 save.", "The plan waits for approval: look at it and decide ."}, nil},
		"to be changed, and approved": {
			func(d *web.DeviceDetail) { d.Head.State = "approved" }, []string{"To be done: 1 save.", "The plan is approved and not carried out yet"}, nil,
		},
		"to be changed by hand": {func(d *web.DeviceDetail) { d.Head.State = "done" }, []string{"A job that applies carries it out, or acfix apply ."}, nil},
		"blocked": {
			func(d *web.DeviceDetail) {
				d.Known.Verdict, d.Reading.Plan.Verdict, d.Reading.Plan.Findings[0] = "blocked", "blocked", problem
			},
			[]string{"This device needs a person first.", "shared with a trunk shared_context", "What to do: give Teams a context of its own"}, nil,
		},
		"unreachable": {
			func(d *web.DeviceDetail) {
				plan := remediate.ErrorPlan(nil)
				plan.Error = &remediate.Failure{Code: remediate.CodeUnreachable, Message: "no route", Hint: "look at the route"}
				d.Head.ID, d.Head.State, d.Device.Plan, d.Known.Read = "bb", "done", &plan, evening.Add(-3*time.Hour)
			},
			[]string{"The last run could not work on this device. Below is its last known state.", "no route unreachable", "What to do: look at the route", "Last known state", "3 h ago", "Mediant 800C"},
			[]string{"None", "ot read."},
		},
		"never read": {
			func(d *web.DeviceDetail) {
				plan := remediate.ErrorPlan(nil)
				plan.Error = &remediate.Failure{Code: remediate.CodeUnauthorized, Message: "refused", Hint: "check the password"}
				d.Device.Plan, d.Reading, d.Known.Read, d.Known.Verdict, d.Backups, d.Journal = &plan, nil, time.Time{}, "", nil, nil
			},
			[]string{"Never read.", "This device could not be read, and never was.", "refused unauthorized", "What to do: check the password", "https://192.0.2.1"},
			[]string{"None", "TLS Contexts", "Findings", "Certificate", "Backups", "Last known state", "Product", "Firmware"},
		},
		"left unsaved": {
			func(d *web.DeviceDetail) {
				result := remediate.NewResult(*d.Device.Plan)
				result.Status, result.LeftOnDevice = remediate.Failed, []remediate.StepResult{{Kind: remediate.StepImportRoot, Root: "a root"}}
				result.Error = &remediate.Failure{Code: remediate.CodeNotVerified, Message: "not seen", Hint: "look at the device"}
				d.Head.Action, d.Head.State, d.Device.Result = "apply", "done", &result
			},
			[]string{"The last run failed on this device.", "not seen not_verified", "Left on the device, unsaved", "a root"}, nil,
		},
	} {
		s := newSite(t, fleetShelf(), false)
		device := s.fakeData.devices["https://192.0.2.1"]
		plan, reading := *device.Device.Plan, *device.Reading
		device.Device.Plan, reading.Plan, device.Reading = &plan, &plan, &reading
		test.change(&device)
		s.fakeData.devices["https://192.0.2.1"] = device
		text := s.page(devicePage)
		at := 0
		for _, part := range test.first {
			found := strings.Index(text[at:], part)
			require.GreaterOrEqual(t, found, 0, "%s: %q does not follow in: %s", name, part, text[at:])
			at += found
		}
		facts := strings.Index(text, "Address https://")
		assert.Less(t, strings.Index(text, test.first[0]), facts, "%s: first what to do", name)
		for _, part := range test.absent {
			assert.NotContains(t, text, part, name)
		}
		assert.LessOrEqual(t, strings.Count(text, "shared with a trunk"), 1, name)
	}
}

// TestTheHistoryOfADeviceIsALineOfVerdicts: equal ones in a row stand together.
func TestTheHistoryOfADeviceIsALineOfVerdicts(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	device := s.fakeData.devices["https://192.0.2.1"]
	for i, word := range []string{"error", "compliant", "compliant", "compliant", "applied", "change"} {
		run := web.DeviceRun{Run: "run" + word, Action: "plan", Job: "nightly", Ended: evening.AddDate(0, 0, -i), Word: word, Tone: "good"}
		if word == "error" {
			run.Code = remediate.CodeUnreachable
		}
		device.History = append(device.History, run)
	}
	s.fakeData.devices["https://192.0.2.1"] = device
	text := s.page(devicePage)
	for _, part := range []string{"error unreachable less than a minute ago", "compliant 24 h ago by plan runcompliant of nightly the same since 2026-11-19, 3 runs in a row", "applied 4 days ago", "change 5 days ago"} {
		assert.Contains(t, text, part)
	}
}

// TestAChangeIsUndoneByACommand that a shell takes as it stands.
func TestAChangeIsUndoneByACommand(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`<pre class="command"><code>([^<]*)</code>`)
	for name, test := range map[string]struct {
		target, inventory, store string
		place                    string
		want                     string
	}{
		"plain":     {"sbc-1", "/etc/acfix/fleet.yaml", "", "", "acfix restore --run cc --limit sbc-1 -i /etc/acfix/fleet.yaml"},
		"spaces":    {"my sbc", "/my fleet's.yaml", "", "", `acfix restore --run cc --limit 'my sbc' -i '/my fleet'\''s.yaml'`},
		"a shell":   {"$(reboot);`x`&&\"y\"", "", "", "", "acfix restore --run cc --limit '$(reboot);`x`&&\"y\"'"},
		"a pattern": {`a*b?[c]\d`, "/f", "", "", `acfix restore --run cc --limit 'a\*b\?\[c]\\d' -i /f`},
		"a store":   {"a", "/f", "", "store:12", "acfix restore --run cc --limit a -i /f"},
		"a file":    {"a", "/f", "sqlite:/my runs.db", "", "acfix restore --run cc --limit a -i /f --store 'sqlite:/my runs.db'"},
		"a comma":   {"a,*", "/f", "", "", ""},
		"a tag":     {"tag:all", "/f", "", "", ""},
		"not shown": {"a\u202eb", "/f", "", "", ""},
		"line feed": {"a\nb", "/f", "", "", ""},
	} {
		data := fleetShelf()
		device := data.devices["https://192.0.2.1"]
		device.Known.Inventory = test.inventory
		wrote := web.BackupEntry{Run: "cc", Taken: evening, Place: test.place, Wrote: true, Action: "apply", Target: test.target}
		earlier := wrote
		earlier.Place, earlier.Action = "/the/first", ""
		device.Backups = []web.BackupEntry{{Run: "later", Taken: evening, Place: "/unused"}, wrote, earlier}
		data.devices["https://192.0.2.1"] = device
		s := newSite(t, data, false)
		s.site.Store = test.store
		page := s.get(devicePage).Body.String()
		found := command.FindAllStringSubmatch(page, -1)
		if test.want == "" {
			assert.Empty(t, found, name)
			assert.Contains(t, plainText(page), "type it yourself", name)
			continue
		}
		require.Len(t, found, 2, name)
		assert.Equal(t, test.want+" --dry-run", html.UnescapeString(found[0][1]), name)
		assert.Equal(t, test.want, html.UnescapeString(found[1][1]), name)
		assert.Equal(t, test.inventory == "", strings.Contains(page, "No inventory is on record"), name)
		assert.Equal(t, test.place == "store:12", strings.Contains(page, "that this service was started with"), name)
		for action, says := range map[string]bool{"restore": true, "": false} {
			device.Backups[1].Action = action
			data.devices["https://192.0.2.1"] = device
			page = s.page(devicePage)
			assert.NotContains(t, page, "acfix restore", name)
			assert.Equal(t, says, strings.Contains(page, "The last change was a restore"), name)
		}
	}
	assert.NotContains(t, newSite(t, fleetShelf(), false).page(devicePage), "acfix restore", "that run wrote nothing")
}

// TestAJobSaysWhatItDoesAndWhatItDid.
func TestAJobSaysWhatItDoesAndWhatItDid(t *testing.T) {
	t.Parallel()
	s := newSite(t, fleetShelf(), false)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	exit := 0
	last := report.RunHead{ID: "aa", Action: "apply", Job: "repair", State: "done", Created: evening.Add(-2 * time.Hour), Ended: evening.Add(-time.Hour), Exit: &exit}
	job := web.JobDetail{
		Name: "repair", Action: "apply", Inventory: "fleet.yaml", Schedule: "0 3 * * * Europe/Berlin", Words: "daily at 03:00 Europe/Berlin", Next: time.Date(2026, 11, 23, 3, 0, 0, 0, berlin),
		Last: &last, Results: []report.WordCount{{Word: "failed", Tone: "bad", Count: 1}, {Word: "rolled_back", Tone: "bad", Count: 2}, {Word: "applied", Tone: "good", Count: 14}},
	}
	put := func(change func(*web.JobDetail)) {
		one := job
		change(&one)
		s.fakeData.jobs = []web.JobDetail{one}
	}
	put(func(*web.JobDetail) {})
	text := s.page("/jobs")
	for _, part := range []string{"daily at 03:00 Europe/Berlin, next in 6 h", "Next Mon 23 Nov 03:00 Europe/Berlin", "2 h ago : done 1 failed, 2 rolled back, 14 applied", "0 3 * * * Europe/Berlin"} {
		assert.Contains(t, text, part)
	}
	assert.Contains(t, s.page("/jobs?begun=repair"), "A run of repair was started. What it did: 2 h ago : done 1 failed, 2 rolled back, 14 applied.")
	assert.Contains(t, s.get("/jobs?begun=repair").Body.String(), `class="notice mark-good"`)
	put(func(j *web.JobDetail) {
		stopped := last
		stopped.State, stopped.Reason = "stopped", "the change window is closed"
		j.Last = &stopped
	})
	assert.Contains(t, s.get("/jobs?begun=repair").Body.String(), `class="notice mark-bad"`, "what went wrong is not green")
	assert.Contains(t, s.page("/jobs?begun=repair"), "14 applied (the change window is closed)")
	put(func(j *web.JobDetail) { j.Failure, j.FailedAt = "no inventory", evening })
	assert.Contains(t, s.page("/jobs?begun=repair"), "A run of repair was started. It failed: no inventory")
	put(func(j *web.JobDetail) { j.Busy = true })
	assert.Contains(t, s.page("/jobs?begun=repair"), "It is in progress")
	assert.Contains(t, s.get("/jobs").Body.String(), "data-job>", "a run that is not on record yet")
	put(func(j *web.JobDetail) {
		running := last
		running.Ended, running.State = time.Time{}, "running"
		j.Busy, j.Last, j.Results = true, &running, []report.WordCount{{Word: "applied", Count: 3}, {Word: "no_result_yet", Count: 1}, {Word: "waiting", Count: 5}}
	})
	assert.Contains(t, s.page("/jobs"), "3 of 9 devices done")
	assert.Contains(t, s.get("/jobs").Body.String(), `data-follow="/runs/aa/events"`)

	effect := web.Effect{Devices: 3, Steps: map[remediate.StepKind]int{remediate.StepBackup: 3, remediate.StepImportRoot: 7, remediate.StepSave: 3}}
	approved := &web.JobPlan{Run: "bb", State: "approved", Approval: &store.Approval{Name: "ada", Change: "CHG1"}, Effect: effect, Until: evening}
	for name, test := range map[string]struct {
		change func(*web.JobDetail)
		want   []string
	}{
		"directly": {func(*web.JobDetail) {}, []string{"This starts writing at once : it reads the devices of fleet.yaml (17 in its last run)", "No approver sees its plan first."}},
		"approved": {func(j *web.JobDetail) { j.PlanJob, j.Plan = "nightly", approved }, []string{"it carries out the plan , approved by ada under change CHG1, on 3 devices: 7 imports, 3 saves."}},
		"waiting": {func(j *web.JobDetail) {
			j.PlanJob, j.Plan = "nightly", &web.JobPlan{Run: "bb", State: "waiting", Effect: effect}
		}, []string{"Nothing would be started: the plan for 3 devices: 7 imports, 3 saves still waits for approval."}},
		"no plan":    {func(j *web.JobDetail) { j.PlanJob = "nightly" }, []string{"Nothing would be started: no plan of nightly is approved, and none waits."}},
		"paused":     {func(j *web.JobDetail) { j.PlanJob, j.Plan = "nightly", &web.JobPlan{Run: "bb", State: "paused"} }, []string{"it continues the paused run bb on the devices that are left."}},
		"window":     {func(j *web.JobDetail) { j.Window, j.Opens = "Sat 22:00-04:00 UTC", evening.Add(9*time.Hour) }, []string{"A run that starts now writes nothing: the change window Sat 22:00-04:00 UTC is closed. It opens Mon 23 Nov 05:00 UTC , in 9 h.", "In the change window this starts writing at once"}},
		"a plan":     {func(j *web.JobDetail) { j.Action, j.CarriedOutBy = "plan", []string{"weekend"} }, []string{"This starts reading at once and writes nothing.", "weekend carries it out after that."}},
		"for itself": {func(j *web.JobDetail) { j.Action = "plan" }, []string{"No job carries its plans out."}},
		"busy":       {func(j *web.JobDetail) { j.Busy = true }, []string{"A run of this job is in progress."}},
	} {
		put(test.change)
		text := s.page("/jobs/run?job=repair")
		for _, part := range test.want {
			assert.Contains(t, text, part, name)
		}
	}
}

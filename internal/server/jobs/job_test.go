package jobs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/strictyaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const everything = `jobs:
  - name: nightly-plan
    schedule: "0 3 * * *"
    time_zone: Europe/Berlin
    action: plan
    inventory: inventory.yaml
    limit: "tag:emea"
    notify: [ops, log]
  - name: weekend
    schedule: "0 22 * * 6"
    time_zone: Europe/Berlin
    action: apply
    inventory: inventory.yaml
    batch: "tag:canary,25%,100%"
    parallel: 32
    soak: 10m
    pause: 1m
    max_failures: 3
    max_unreachable: "10%"
    window: "Sat,Sun 22:00-04:00 Europe/Berlin"
    approval: required
    plan_job: nightly-plan
    start_within: 2h
    notify: [ops]
  - {name: by-hand, action: apply, inventory: /etc/acfix/all.csv}
notify:
  - {name: ops, kind: teams, url_env: ACFIX_WEBHOOK, on: [failed, changed]}
  - {name: log, kind: json, url_file: hook}
`

func TestEveryKey(t *testing.T) {
	t.Parallel()
	file, err := jobs.Parse([]byte(everything), "folder")
	require.NoError(t, err)
	require.Len(t, file.Jobs, 3)

	plan, known := file.Job("nightly-plan")
	require.True(t, known)
	assert.Equal(t, "0 3 * * *", plan.Schedule.Text)
	assert.Equal(t, "Europe/Berlin", plan.Schedule.Zone.String())
	assert.Equal(t, "2026-06-01T01:00:00Z", jobs.Next(plan, moment(t, "2026-06-01T00:00:00Z")).UTC().Format(time.RFC3339))
	plan.Schedule = jobs.Schedule{}
	assert.Equal(t, jobs.Job{
		Name: "nightly-plan", Action: jobs.Plan, Inventory: "inventory.yaml", Limit: "tag:emea",
		Settings: run.DefaultSettings(), Notify: []string{"ops", "log"},
	}, plan)

	weekend, _ := file.Job("weekend")
	weekend.Schedule = jobs.Schedule{}
	settings := run.DefaultSettings()
	settings.Batch, settings.Parallel = run.Give("tag:canary,25%,100%"), run.Give(32)
	settings.Soak, settings.Pause = run.Give(10*time.Minute), run.Give(time.Minute)
	settings.MaxFailures, settings.MaxUnreachable = run.Give("3"), run.Give("10%")
	settings.Window = run.Give("Sat,Sun 22:00-04:00 Europe/Berlin")
	assert.Equal(t, jobs.Job{
		Name: "weekend", Action: jobs.Apply, Inventory: "inventory.yaml", Settings: settings,
		PlanJob: "nightly-plan", StartWithin: 2 * time.Hour, Notify: []string{"ops"},
	}, weekend)

	byHand, _ := file.Job("by-hand")
	assert.Equal(t, jobs.Job{
		Name: "by-hand", Action: jobs.Apply, Inventory: "/etc/acfix/all.csv",
		Settings: run.DefaultSettings(), StartWithin: time.Hour,
	}, byHand)

	assert.Equal(t, []jobs.Receiver{
		{Name: "ops", Form: notify.Teams, URLEnv: "ACFIX_WEBHOOK", On: []notify.Occasion{notify.Failed, notify.Changed}},
		{Name: "log", Form: notify.JSON, URLFile: "hook", On: notify.Usual()},
	}, file.Notified(plan))
	assert.Len(t, file.Notified(weekend), 1)
	assert.Empty(t, file.Notified(byHand))
	_, known = file.Job("")
	assert.False(t, known)
}

const (
	planJob = "jobs:\n  - name: a\n    action: plan\n    inventory: i\n"
	hook    = "notify:\n  - name: ops\n    kind: slack\n"
	approve = planJob + "  - {name: b, action: apply, inventory: i"
)

func TestEveryMistakeHasItsPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                       "1:1: the jobs file is empty",
		"jobs: []\n":                             "1:1: there is no job",
		"notify: []\n":                           "1:1: there is no job",
		"- a\n":                                  "1:1: a jobs file has the keys",
		"jobs: a\n":                              "1:7: jobs is a list",
		"jobs: [a]\n":                            "1:8: a job is keys and values",
		planJob + "tasks: []\n":                  `5:1: unknown key "tasks"`,
		planJob + "    colour: red\n":            `5:5: unknown key "colour"`,
		planJob + "    name: b\n":                `5:5: the key "name" is already given in line 2`,
		"jobs:\n  - {}\n":                        "2:5: the job has no name",
		"jobs:\n  - {name: a}\n":                 "2:5: the job has no action",
		"jobs:\n  - {name: a, action: plan}\n":   "2:5: the job has no inventory",
		"jobs:\n  - {name: a b, action: plan}\n": "2:12: a name has letters",
		"jobs:\n  - {name: ../a}\n":              "2:12: a name has letters",
		"jobs:\n  - {name: a, action: restore}\n":                                    `2:23: "restore" is not one of plan, apply`,
		planJob + "  - {name: a}\n":                                                  "5:5: the job has no action",
		planJob + "    schedule: 0 3 * * *\n":                                        "5:15: a schedule needs a time_zone",
		planJob + "    time_zone: UTC\n":                                             "5:16: time_zone belongs to a schedule",
		planJob + "    time_zone: EST\n":                                             `5:16: "EST" is no time zone`,
		schedule("0 3 * *"):                                                          `5:15: "0 3 * *" is not a schedule`,
		schedule("0 3 * * * *"):                                                      "5:15: \"0 3 * * * *\" is not a schedule",
		schedule("61 3 * * *"):                                                       "5:15: \"61 3 * * *\" is not a schedule",
		schedule("@daily"):                                                           "5:15: \"@daily\" is not a schedule",
		schedule("TZ=UTC"):                                                           "5:15: a schedule has five fields",
		schedule("CRON_TZ=UTC 0 3 * * *"):                                            "5:15: a schedule has five fields",
		schedule("0 0 30 2 *"):                                                       `5:15: "0 0 30 2 *" never occurs`,
		planJob + "    limit: '['\n":                                                 `5:12: "[" is no pattern`,
		planJob + "    batch: a b\n":                                                 `5:12: "a b" is neither tag:NAME`,
		planJob + "    max_failures: a b\n":                                          `5:19: "a b" is neither a number`,
		planJob + "    max_unreachable: a b\n":                                       `5:22: "a b" is neither a number`,
		planJob + "    parallel: 0\n":                                                `5:15: "0" is not a number of devices`,
		planJob + "    parallel: -1\n":                                               `5:15: "-1" is not a number of devices`,
		planJob + "    soak: 10\n":                                                   `5:11: "10" is not a duration`,
		planJob + "    pause: -1m\n":                                                 `5:12: "-1m" is not a duration`,
		planJob + "    window: Sat 22:00\n":                                          "5:13: ",
		planJob + "    start_within: soon\n":                                         `5:19: "soon" is not a duration`,
		planJob + "    notify: ops\n":                                                "5:13: a list is wanted",
		planJob + "    notify: [ops]\n":                                              `5:13: there is no "ops" below notify`,
		planJob + "    notify: [ops, ops]\n":                                         `5:13: there is no "ops"`,
		planJob + "    approval: required\n":                                         "2:5: approval and plan_job belong to a job that applies",
		approve + ", approval: maybe, plan_job: a}\n":                                `5:54: "maybe" is not one of required`,
		approve + ", approval: required}\n":                                          "5:54: approval needs plan_job",
		approve + ", plan_job: a}\n":                                                 "5:54: plan_job belongs to approval",
		approve + ", approval: required, plan_job: c}":                               `5:74: there is no job "c"`,
		approve + ", approval: required, plan_job: b}":                               `5:74: the job "b" makes no plan`,
		approve + "2, approval: required, plan_job: a}":                              `5:41: the job "a" plans with another inventory`,
		approve + ", limit: x, approval: required, plan_job: a}":                     "5:51: the approved plan says which devices",
		planJob + "notify: [a]\n":                                                    "5:10: a notify entry is keys and values",
		planJob + "notify:\n  - {kind: slack, url_env: A}\n":                         "6:5: the notify entry has no name",
		planJob + "notify:\n  - {name: a, url_env: A}\n":                             "6:5: the notify entry has no kind",
		planJob + hook:                                                               "6:5: give one of url_env and url_file",
		planJob + hook + "    url_env: A\n    url_file: b\n":                         "6:5: give one of url_env and url_file",
		planJob + hook + "    url: https://x.example/hunter2\n":                      "6:5: give one of url_env",
		planJob + hook + "    url_env: A\n    url: https://x.example/hunter2\n":      `9:5: unknown key "url"; the address is a secret`,
		planJob + hook + "    url_env: https://x.example/hunter2\n":                  "8:14: url_env is the name of",
		planJob + hook + "    url_file: https://x.example/hunter2\n":                 "8:15: url_file is the name of",
		planJob + hook + "    url_env: A\n    on: failed\n":                          "9:9: a list is wanted",
		planJob + hook + "    url_env: A\n    on: [failure]\n":                       `9:10: "failure" is not one of failed, stopped`,
		planJob + hook + "    url_env: A\n    when: x\n":                             `9:5: unknown key "when"`,
		planJob + hook + "    url_env: A\n  - {name: ops, kind: json, url_env: B}\n": `9:12: the name "ops" is already that of line 6`,
		planJob + "notify: &x []\n":                                                  "5:9: anchors and references are not supported",
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			_, err := jobs.Parse([]byte(text), "folder")
			var all jobs.Errors
			require.ErrorAs(t, err, &all, text)
			found := false
			for _, one := range all {
				found = found || strings.HasPrefix(one.Error(), want)
				assert.NotContains(t, one.Message, "hunter2")
			}
			assert.True(t, found, "%v\n%s", []strictyaml.Error(all), text)
		})
	}
}

// TestOneMistakeHidesNoOther.
func TestOneMistakeHidesNoOther(t *testing.T) {
	t.Parallel()
	const noSchedule, noZone = `"99 3 * * *" is not a schedule`, "a schedule needs a time_zone"
	for text, want := range map[string][]string{
		planJob + "    schedule: 99 3 * * *\n":                           {noSchedule, noZone},
		planJob + "    schedule: 99 3 * * *\n    time_zone: EST\n":       {noSchedule, "is no time zone"},
		planJob + "    schedule: 0 3 * *\n    time_zone: Nowhere/None\n": {"is not a schedule", "is not known"},
		planJob + "retention: {schedule: 99 3 * * *, runs: {older_than_days: 0}}\n": {
			noSchedule, noZone, `"0" is not a whole number`},
		approve + ", plan_job: a, max_age: 0s, limit: x}": {
			"max_age belongs to approval", "plan_job belongs to approval", "the approved plan says which devices"},
		approve + ", approval: required, plan_job: a, max_age: 0s, limit: x}": {
			"with a max_age of 0", "the approved plan says which devices"},
	} {
		_, err := jobs.Parse([]byte(text), "folder")
		var all jobs.Errors
		require.ErrorAs(t, err, &all, text)
		require.Len(t, all, len(want), "%v\n%s", []strictyaml.Error(all), text)
		for _, message := range want {
			assert.True(t, slices.ContainsFunc(all, func(one strictyaml.Error) bool {
				return strings.Contains(one.Message, message)
			}), "%s: %v", message, []strictyaml.Error(all))
		}
	}
}

func schedule(fields string) string {
	return planJob + "    schedule: \"" + fields + "\"\n    time_zone: UTC\n"
}

func TestATooLargeFileIsNotParsed(t *testing.T) {
	t.Parallel()
	_, err := jobs.Parse(make([]byte, jobs.MaxBytes+1), "folder")
	assert.ErrorContains(t, err, "larger than")
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(everything))
	f.Add([]byte(planJob + hook))
	f.Fuzz(func(t *testing.T, foreign []byte) {
		file, err := jobs.Parse(foreign, "folder")
		if err == nil {
			require.NotEmpty(t, file.Jobs)
			return
		}
		var all jobs.Errors
		require.ErrorAs(t, err, &all)
		require.NotEmpty(t, all)
	})
}

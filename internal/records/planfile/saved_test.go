package planfile_test

import (
	"testing"
	"time"

	"github.com/acfix/acfix/internal/records/planfile"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestASavedPlanFits as long as it is young, by today's rule, and its date can be believed.
func TestASavedPlanFits(t *testing.T) {
	t.Parallel()
	at := func(age time.Duration) remediate.Plan {
		return remediate.Plan{ID: "plan1", Created: noon.Add(-age).Format(time.RFC3339), Policy: remediate.CurrentPolicy()}
	}
	for name, test := range map[string]struct {
		age  time.Duration
		edit func(*remediate.Plan)
		is   error
	}{
		"young":                {age: time.Minute},
		"as old as it may be":  {age: time.Hour},
		"too old":              {age: time.Hour + time.Second, is: remediate.ErrExpired},
		"a clock a little off": {age: -4 * time.Minute},
		"from tomorrow":        {age: -24 * time.Hour, is: remediate.ErrExpired},
		"without a date":       {edit: func(plan *remediate.Plan) { plan.Created = "" }, is: remediate.ErrExpired},
		"by another root set":  {edit: func(plan *remediate.Plan) { plan.Policy.RootSet = "1999-01-01" }, is: remediate.ErrDrift},
	} {
		plan := at(test.age)
		if test.edit != nil {
			test.edit(&plan)
		}
		saved := planfile.SavedPlan{Head: plan, MaxAge: time.Hour, Marks: planfile.Marks{State: func() (statedir.Directory, error) { return statedir.Directory(t.TempDir()), nil }}}
		assert.ErrorIs(t, saved.Fits(remediate.DevicePlan{URL: "https://192.0.2.1"}, noon), test.is, name)
	}
}

// TestAPlanOfMoreThanAYearFitsNoDevice, whatever --max-age says: its marks may be gone.
func TestAPlanOfMoreThanAYearFitsNoDevice(t *testing.T) {
	t.Parallel()
	for days, is := range map[int]error{365: nil, 367: remediate.ErrExpired, 4000: remediate.ErrExpired} {
		created := noon.AddDate(0, 0, -days).Format(time.RFC3339)
		saved := planfile.SavedPlan{
			Head:   remediate.Plan{ID: "plan1", Created: created, Policy: remediate.CurrentPolicy()},
			MaxAge: 100_000 * time.Hour,
			Marks:  planfile.Marks{State: func() (statedir.Directory, error) { return statedir.Directory(t.TempDir()), nil }},
		}
		assert.ErrorIs(t, saved.Fits(remediate.DevicePlan{URL: "https://192.0.2.1"}, noon), is, days)
	}
}

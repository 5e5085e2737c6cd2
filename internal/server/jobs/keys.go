package jobs

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/rollout"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/fleet/window"
	"go.yaml.in/yaml/v3"
)

type setter[T any] = func(d *decoder, of *T, value *yaml.Node)

// jobKeys are the keys of a job.
var jobKeys = map[string]setter[Job]{
	"name":            named(func(job *Job) *string { return &job.Name }),
	"schedule":        text(func(job *Job) *string { return &job.Schedule.Text }),
	"time_zone":       zone(func(job *Job) *Schedule { return &job.Schedule }),
	"action":          oneOf(func(job *Job) *JobAction { return &job.Action }, Plan, Apply),
	"inventory":       text(func(job *Job) *string { return &job.Inventory }),
	"limit":           checked(inventory.CheckLimit, func(job *Job, text string) { job.Limit = text }),
	"batch":           checked(batches, func(job *Job, text string) { job.Settings.Batch = run.Give(text) }),
	"parallel":        parallel,
	"soak":            duration(func(job *Job, length time.Duration) { job.Settings.Soak = run.Give(length) }),
	"pause":           duration(func(job *Job, length time.Duration) { job.Settings.Pause = run.Give(length) }),
	"max_failures":    checked(budget, func(job *Job, text string) { job.Settings.MaxFailures = run.Give(text) }),
	"max_unreachable": checked(budget, func(job *Job, text string) { job.Settings.MaxUnreachable = run.Give(text) }),
	"window":          changeWindow,
	"approval":        approval,
	"plan_job":        text(func(job *Job) *string { return &job.PlanJob }),
	"max_age":         duration(func(job *Job, length time.Duration) { job.Settings.MaxAge = run.Give(length) }),
	"start_within":    duration(func(job *Job, length time.Duration) { job.StartWithin = length }),
	"policy":          text(func(job *Job) *string { return give(&job.Settings.Policy) }),
	"trust_policy":    text(func(job *Job) *string { return give(&job.Settings.TrustPolicy) }),
	"notify":          names,
}

func text[T any](place func(*T) *string) setter[T] {
	return func(d *decoder, of *T, value *yaml.Node) {
		if text, ok := d.Text(value); ok {
			*place(of) = text
		}
	}
}

// give is the place of a setting that is given with it.
func give(setting *run.Setting[string]) *string {
	setting.Given = true
	return &setting.Value
}

// plainName restricts names of jobs and receivers: they go into file names, labels and tables.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$`)

func named[T any](place func(*T) *string) setter[T] {
	return func(d *decoder, of *T, value *yaml.Node) {
		name, ok := d.Text(value)
		switch {
		case !ok:
		case !plainName.MatchString(name):
			d.Wrong(value, "a name has letters, digits and . _ -, at most 63, and begins with a letter or digit")
		default:
			*place(of) = name
		}
	}
}

func oneOf[T any, W ~string](place func(*T) *W, words ...W) setter[T] {
	return func(d *decoder, of *T, value *yaml.Node) {
		if word, ok := word(d, value, words); ok {
			*place(of) = word
		}
	}
}

func word[W ~string](d *decoder, value *yaml.Node, words []W) (W, bool) {
	written, ok := d.Text(value)
	if ok && !slices.Contains(words, W(written)) {
		d.Wrong(value, "%q is not one of %s", written, listed(words))
		ok = false
	}
	return W(written), ok
}

func listed[W ~string](words []W) string {
	var all []string
	for _, word := range words {
		all = append(all, string(word))
	}
	return strings.Join(all, ", ")
}

func batches(text string) error {
	_, err := rollout.ParseBatches(text)
	return err
}

func budget(text string) error {
	_, err := rollout.ParseLimit(text)
	return err
}

// checked is for a text that a rule may refuse, such as that of a flag of the same name.
func checked[T any](rule func(text string) error, set func(of *T, text string)) setter[T] {
	return func(d *decoder, of *T, value *yaml.Node) {
		text, ok := d.Text(value)
		if !ok {
			return
		}
		if err := rule(text); err != nil {
			d.Wrong(value, "%s", err)
			return
		}
		set(of, text)
	}
}

func parallel(d *decoder, job *Job, value *yaml.Node) {
	text, ok := d.Text(value)
	if !ok {
		return
	}
	devices, err := strconv.ParseUint(text, 10, 16)
	if err != nil || devices == 0 {
		d.Wrong(value, "%q is not a number of devices", text)
		return
	}
	job.Settings.Parallel = run.Give(int(devices))
}

func duration(set func(job *Job, length time.Duration)) setter[Job] {
	return func(d *decoder, job *Job, value *yaml.Node) {
		text, ok := d.Text(value)
		if !ok {
			return
		}
		length, err := time.ParseDuration(text)
		if err != nil || length < 0 {
			d.Wrong(value, "%q is not a duration such as 90s, 10m or 2h", text)
			return
		}
		set(job, length)
	}
}

func zone[T any](place func(*T) *Schedule) setter[T] {
	return func(d *decoder, of *T, value *yaml.Node) {
		name, ok := d.Text(value)
		if !ok {
			return
		}
		zone, err := window.ParseZone(name)
		if err != nil {
			d.Wrong(value, "%s", err)
			return
		}
		place(of).Zone = zone
	}
}

func changeWindow(d *decoder, job *Job, value *yaml.Node) {
	text, ok := d.Text(value)
	if !ok {
		return
	}
	parsed, err := window.Parse(text)
	if err != nil {
		d.Wrong(value, "%s", err)
		return
	}
	job.Settings.Window = run.Give(parsed.String())
}

func approval(d *decoder, _ *Job, value *yaml.Node) {
	word(d, value, []string{"required"})
}

func names(d *decoder, job *Job, value *yaml.Node) {
	for _, item := range d.Texts(value, false) {
		name, ok := d.Text(item)
		switch {
		case !ok:
		case slices.Contains(job.Notify, name):
			d.Wrong(item, "%q is given twice", name)
		default:
			job.Notify = append(job.Notify, name)
		}
	}
}

package jobs

import (
	"cmp"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// applyWithin limits an apply's late start by default: a night's apply must not start in the morning.
const applyWithin = time.Hour

// decoder walks the tree of a jobs file.
type decoder struct {
	strictyaml.Reader
	places []Places // of each job
}

func (d *decoder) file(root *yaml.Node) JobsFile {
	var file JobsFile
	var jobs, hooks []*yaml.Node
	for key, value := range d.Entries(root, "a jobs file has the keys jobs, notify and retention") {
		switch key.Value {
		case "jobs":
			jobs = d.Items(value, "jobs is a list")
		case "notify":
			hooks = d.Items(value, "notify is a list")
		case "retention":
			file.Retention = d.retention(value)
		default:
			d.Wrong(key, "unknown key %q", key.Value)
		}
	}
	for _, node := range hooks {
		file.Notify = append(file.Notify, d.notify(node))
	}
	for _, node := range jobs {
		file.Jobs = append(file.Jobs, d.job(node))
		d.places = append(d.places, Places{Inventory: placeOf(at(node, "inventory")), Limit: placeOf(at(node, "limit"))})
	}
	if len(file.Jobs) == 0 && d.Err() == nil {
		d.Wrong(root, "there is no job in the file")
	}
	d.uniqueNames(hooks)
	d.uniqueNames(jobs)
	d.references(jobs, file)
	return file
}

// uniqueNames refuses a name that an earlier item has.
func (d *decoder) uniqueNames(items []*yaml.Node) {
	seen := map[string]int{}
	for _, item := range items {
		name := at(item, "name")
		first, twice := seen[name.Value]
		switch {
		case name == item: // no name, reported already
		case twice:
			d.Wrong(name, "the name %q is already that of line %d", name.Value, first)
		default:
			seen[name.Value] = name.Line
		}
	}
}

// at returns the value of a key, or the node itself if the key is missing.
func at(node *yaml.Node, key string) *yaml.Node {
	for name, value := range strictyaml.Pairs(node) {
		if name.Value == key {
			return value
		}
	}
	return node
}

func (d *decoder) job(node *yaml.Node) Job {
	job := Job{Settings: run.DefaultSettings()}
	for key, value := range d.Entries(node, "a job is keys and values") {
		if set, known := jobKeys[key.Value]; known {
			set(d, &job, value)
		} else {
			d.Wrong(key, "unknown key %q", key.Value)
		}
	}
	if node.Kind != yaml.MappingNode {
		return job
	}
	for _, key := range []string{"name", "action", "inventory"} {
		d.needs(node, "job", key)
	}
	d.schedule(&job.Schedule, node)
	d.approval(job, node)
	if job.Action == Apply && !strictyaml.Has(node, "start_within") {
		job.StartWithin = applyWithin
	}
	return job
}

func (d *decoder) needs(node *yaml.Node, what, key string) {
	if !strictyaml.Has(node, key) {
		d.Wrong(node, "the %s has no %s", what, key)
	}
}

// schedule combines its two keys: each needs the other. The fields are read even if the time zone is missing or wrong.
func (d *decoder) schedule(of *Schedule, node *yaml.Node) {
	fields, zone := strictyaml.Has(node, "schedule"), strictyaml.Has(node, "time_zone")
	switch {
	case fields && !zone:
		d.Wrong(at(node, "schedule"), "a schedule needs a time_zone, such as Europe/Berlin or UTC")
	case zone && !fields:
		d.Wrong(at(node, "time_zone"), "time_zone belongs to a schedule")
	}
	if of.Text == "" {
		return
	}
	schedule, err := NewSchedule(of.Text, cmp.Or(of.Zone, time.UTC))
	if err != nil {
		d.Wrong(at(node, "schedule"), "%s", err)
	}
	*of = schedule
}

// approval refuses other restrictions: an approved plan is complete.
func (d *decoder) approval(job Job, node *yaml.Node) {
	approval, plan := strictyaml.Has(node, "approval"), strictyaml.Has(node, "plan_job")
	switch {
	case !approval && strictyaml.Has(node, "max_age"):
		d.Wrong(at(node, "max_age"), "max_age belongs to approval: required")
	case job.Settings.MaxAge.Given && job.Settings.MaxAge.Value == 0:
		d.Wrong(at(node, "max_age"), "with a max_age of 0 no plan could be carried out")
	}
	if plan && strictyaml.Has(node, "limit") {
		d.Wrong(at(node, "limit"), "the approved plan says which devices; limit the plan_job instead")
	}
	switch {
	case !approval && !plan:
	case job.Action == Plan:
		d.Wrong(node, "approval and plan_job belong to a job that applies")
	case !plan:
		d.Wrong(at(node, "approval"), "approval needs plan_job: the job whose plan is approved")
	case !approval:
		d.Wrong(at(node, "plan_job"), "plan_job belongs to approval: required")
	}
}

// references refuses names that do not exist.
func (d *decoder) references(nodes []*yaml.Node, file JobsFile) {
	for i, job := range file.Jobs {
		for _, name := range job.Notify {
			if !slices.ContainsFunc(file.Notify, func(n Receiver) bool { return n.Name == name }) {
				d.Wrong(at(nodes[i], "notify"), "there is no %q below notify", name)
			}
		}
		plan, known := file.Job(job.PlanJob)
		switch {
		case job.PlanJob == "":
		case !known:
			d.Wrong(at(nodes[i], "plan_job"), "there is no job %q", job.PlanJob)
		case plan.Action != Plan:
			d.Wrong(at(nodes[i], "plan_job"), "the job %q makes no plan", job.PlanJob)
		case plan.Inventory != job.Inventory:
			d.Wrong(at(nodes[i], "inventory"),
				"the job %q plans with another inventory; the addresses must be the same", job.PlanJob)
		}
	}
}

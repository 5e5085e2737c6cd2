package jobs

import (
	"slices"
	"strconv"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// Retention is what serve deletes by schedule. The zero Retention deletes nothing.
type Retention struct {
	Schedule Schedule
	RunDays  int // the days after its end at which a run is old; 0: no run is deleted
	Backups  KeptBackups
	// RecordDays is the days after which an entry of the page Record is old; 0: no entry is deleted.
	RecordDays int
}

// KeptBackups are the backups that stay; the zero KeptBackups says that none is deleted.
type KeptBackups struct {
	Last int // of each device, whatever their age
	Days int // since they were made
}

// retentionKeys are the keys below retention.
var retentionKeys = map[string]setter[Retention]{
	"schedule":  text(func(r *Retention) *string { return &r.Schedule.Text }),
	"time_zone": zone(func(r *Retention) *Schedule { return &r.Schedule }),
	"runs":      runsRetained,
	"backups":   backupsRetained,
	"record":    recordRetained,
}

func (d *decoder) retention(node *yaml.Node) Retention {
	var retention Retention
	for key, value := range d.Entries(node, "retention has the keys schedule, time_zone, runs, backups and record") {
		if set, known := retentionKeys[key.Value]; known {
			set(d, &retention, value)
		} else {
			d.Wrong(key, "unknown key %q", key.Value)
		}
	}
	if node.Kind != yaml.MappingNode {
		return retention
	}
	d.needs(node, "retention", "schedule")
	d.schedule(&retention.Schedule, node)
	has := func(key string) bool { return strictyaml.Has(node, key) }
	if !slices.ContainsFunc([]string{"runs", "backups", "record"}, has) {
		d.Wrong(node, "retention deletes nothing: give runs, backups or record")
	}
	return retention
}

func runsRetained(d *decoder, retention *Retention, value *yaml.Node) {
	d.numbers(value, "runs", map[string]*int{"older_than_days": &retention.RunDays})
}

func recordRetained(d *decoder, retention *Retention, value *yaml.Node) {
	d.numbers(value, "record", map[string]*int{"older_than_days": &retention.RecordDays})
}

func backupsRetained(d *decoder, retention *Retention, value *yaml.Node) {
	d.numbers(value, "backups", map[string]*int{
		"keep_last": &retention.Backups.Last, "older_than_days": &retention.Backups.Days,
	})
}

// mostRetained bounds the numbers below retention: a century of days.
const mostRetained = 36525

// numbers reads a mapping that has exactly the given keys, each with a number from 1.
func (d *decoder) numbers(node *yaml.Node, what string, places map[string]*int) {
	for key, value := range d.Entries(node, what+" is keys and values, such as older_than_days: 365") {
		place, known := places[key.Value]
		if !known {
			d.Wrong(key, "unknown key %q", key.Value)
			continue
		}
		written, ok := d.Text(value)
		if !ok {
			continue
		}
		number, err := strconv.Atoi(written)
		if err != nil || number < 1 || number > mostRetained {
			d.Wrong(value, "%q is not a whole number from 1 to %d", written, mostRetained)
			continue
		}
		*place = number
	}
	if node.Kind != yaml.MappingNode {
		return
	}
	for _, key := range []string{"keep_last", "older_than_days"} {
		if places[key] != nil && !strictyaml.Has(node, key) {
			d.Wrong(node, "%s has no %s", what, key)
		}
	}
}

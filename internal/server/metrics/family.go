package metrics

import "github.com/prometheus/client_golang/prometheus"

// The metrics. Of a device or a run, what is not known is absent, never 0; of a time, 0 is
// never.
var (
	buildInfo  = family("acfix_build_info", "Always 1; which acfix this is.", "version", "commit", "goversion")
	storeUp    = family("acfix_store_up", "Whether the store answered. When 0, what is read from it is absent.")
	storeTook  = family("acfix_store_read_seconds", "How long the store was read.")
	queueDepth = family("acfix_queue_depth", "Devices that wait for a worker.")

	devices       = family("acfix_devices", "Devices by the newest word on each: its result, or where there is none its plan. Applied and unchanged are compliant, planned is change.", "verdict")
	seriesLeftOut = family("acfix_device_series_left_out", "Devices that have no series of their own, because there are too many. They are counted in acfix_devices.")
	missingRoots  = family("acfix_missing_roots", "Required roots that the device's Teams contexts lack, as its newest plan saw it; a root of a bundle that is not switched on is missing. 0 after an apply that was verified; absent while it is not known.", "target", "url")
	lastSuccess   = family("acfix_device_last_success_timestamp_seconds", "When the device was last seen to be in order; 0 is never.", "target", "url")

	openRuns    = family("acfix_runs", "Runs that are not over: running, or waiting for approval. At most 200 are counted.", "state")
	orphanRuns  = family("acfix_orphaned_runs", "Runs whose controller is gone; another one has to go on with them.")
	lastRun     = family("acfix_last_run_timestamp_seconds", "When the newest run began; job is empty for runs that people started.", "job", "action")
	lastState   = family("acfix_last_run_state", "Always 1; the state of the newest run.", "job", "action", "state")
	lastExit    = family("acfix_last_run_exit_code", "Exit code of the newest run that is over.", "job", "action")
	lastTook    = family("acfix_last_run_duration_seconds", "From the beginning to the end of the newest run that is over, pauses included.", "job", "action")
	lastRunGood = family("acfix_last_run_success_timestamp_seconds", "When the last run with exit code 0 or 2 ended, of those that are looked at; 0 is never.", "job", "action")
)

// families are those of the variables above; it is filled while they are.
var families []*prometheus.Desc

func family(name, help string, labels ...string) *prometheus.Desc {
	made := prometheus.NewDesc(name, help, labels, nil)
	families = append(families, made)
	return made
}

// sample is one number of a family.
type sample struct {
	family *prometheus.Desc
	value  float64
	labels []string
}

func (s sample) metric() prometheus.Metric {
	return prometheus.MustNewConstMetric(s.family, prometheus.GaugeValue, s.value, s.labels...)
}

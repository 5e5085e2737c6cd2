package metrics

import "github.com/prometheus/client_golang/prometheus"

// The metrics. An unknown value of a device or a run is absent, never 0; a time of 0 means never.
var (
	buildInfo    = family("acfix_build_info", "Always 1; identifies this acfix.", "version", "commit", "goversion")
	storeUp      = family("acfix_store_up", "Whether the store answered. If 0, the metrics read from it are absent.")
	storeTook    = family("acfix_store_read_seconds", "Duration of the last reading of the store.")
	messagesLost = family("acfix_messages_not_sent",
		"Messages about runs that could not be sent since this process began, to webhooks and by e-mail.", "receiver")
	queueDepth = family("acfix_queue_depth", "Devices that wait for a worker.")

	devices = family("acfix_devices", "Devices of the jobs' inventories, by the verdict that they had when they were "+
		"last read, however later runs ended. Unknown: never read, or no run has met it.", "verdict")
	deviceResults = family("acfix_device_results", "Devices of the jobs' inventories, by the result of the last run "+
		"that they were part of, or without one by its plan. Unknown: none.", "result")
	unlistedDevices = family("acfix_unlisted_devices",
		"Devices of past runs that no inventory of the jobs has; no other metric counts them.")
	seriesLeftOut = family("acfix_device_series_left_out",
		"Devices without series of their own, because there are too many. acfix_devices counts them.")
	missingRoots = family("acfix_missing_roots",
		"Required roots that the device's Teams contexts lacked when it was last read; a root of a bundle that is off "+
			"counts as missing. 0 after a verified apply; absent if unknown.", "target", "url")
	lastSuccess = family("acfix_device_last_success_timestamp_seconds",
		"When the device was last seen in order; 0 means never.", "target", "url")
	lastRead = family("acfix_device_last_read_timestamp_seconds",
		"When the device was last read; 0 means never.", "target", "url")

	openRuns = family("acfix_runs",
		"Unfinished runs: running, paused until their window opens, waiting for approval, or approved and not carried "+
			"out. At most 200 are counted.", "state")
	futureRuns = family("acfix_runs_from_the_future",
		"Recent runs on record whose times are still to come, because a clock is or was wrong. No other metric of runs "+
			"but acfix_runs counts them.")

	orphanRuns = family("acfix_orphaned_runs", "Runs whose controller is gone; another one has to resume them.")
	lastRun    = family("acfix_last_run_timestamp_seconds",
		"Start of the newest run; job is empty for manual runs.", "job", "action")
	lastState  = family("acfix_last_run_state", "Always 1; the state of the newest run.", "job", "action", "state")
	lastPolicy = family("acfix_last_run_policy",
		"Always 1; the policy that the newest run decides by, and its date.", "job", "action", "policy", "date")
	lastExit = family("acfix_last_run_exit_code", "Exit code of the newest finished run.", "job", "action")
	lastTook = family("acfix_last_run_duration_seconds",
		"Duration of the newest finished run, with pauses.", "job", "action")
	lastRunEnded = family("acfix_last_run_ended_timestamp_seconds",
		"End of the last recent run, however it ended; 0 means never.", "job", "action")
	lastRunWithin = family("acfix_last_run_within_budgets_timestamp_seconds",
		"End of the last recent run that no failure budget, change window, interrupt or error stopped; its devices may have "+
			"failed. 0 means never.", "job", "action")
	lastRunGood = family("acfix_last_run_success_timestamp_seconds",
		"End of the last recent run with all in order, exit code 0 or 2; 0 means never. One unreachable device is enough "+
			"to keep it as it is.", "job", "action")
)

// families collects the variables above as they are made.
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

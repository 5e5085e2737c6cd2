package metrics

import (
	"slices"
	"time"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// samples are a reading's numbers. With more devices than most none has its own series: a part could pass for all.
func samples(s state, jobs []JobSeries, most int, now time.Time) []sample {
	all := countSamples(s.devices)
	leftOut := 0
	if len(s.devices) > most {
		leftOut = len(s.devices)
	} else {
		all = append(all, deviceSamples(s.devices)...)
	}
	all = append(all, sample{seriesLeftOut, float64(leftOut), nil}, sample{orphanRuns, float64(s.orphans), nil},
		sample{unlistedDevices, float64(s.unlisted), nil})
	all = append(all, openSamples(s.runs)...)
	past := slices.DeleteFunc(slices.Clone(s.runs), func(run store.Run) bool { return isAhead(run, now) })
	all = append(all, sample{futureRuns, float64(len(s.runs) - len(past)), nil})
	return append(all, runSamples(past, jobs, s.policies)...)
}

// isAhead reports whether a run's times come from a clock that is or was wrong. As the newest run, it would hide all
// others until its time has come.
func isAhead(run store.Run, now time.Time) bool {
	limit := now.Add(store.ClockSlack)
	return run.Created.After(limit) || run.Ended.After(limit) || run.Due.After(limit)
}

// countSamples count the devices by the two words of each.
func countSamples(list []device) []sample {
	byVerdict, byResult := zeros(verdicts), zeros(results)
	for _, d := range list {
		byVerdict[wordOf(verdicts, d.Verdict)]++
		byResult[wordOf(results, d.Result)]++
	}
	var all []sample
	for word, n := range byVerdict {
		all = append(all, sample{devices, float64(n), []string{word}})
	}
	for word, n := range byResult {
		all = append(all, sample{deviceResults, float64(n), []string{word}})
	}
	return all
}

func zeros(words []string) map[string]int {
	counts := map[string]int{unknown: 0}
	for _, word := range words {
		counts[word] = 0
	}
	return counts
}

func deviceSamples(list []device) []sample {
	all := make([]sample, 0, 3*len(list))
	for _, d := range list {
		labels := []string{d.Name, d.URL}
		all = append(all, sample{lastSuccess, seconds(d.wasGood), labels}, sample{lastRead, seconds(d.Read), labels})
		if d.Missing >= 0 {
			all = append(all, sample{missingRoots, float64(d.Missing), labels})
		}
	}
	return all
}

// openStates are the states of runs that are not over.
var openStates = []store.RunState{store.RunRunning, store.RunPaused, store.RunWaiting, store.RunApproved}

func openSamples(runs []store.Run) []sample {
	var all []sample
	for _, state := range openStates {
		n := 0
		for _, run := range runs {
			if run.State == state {
				n++
			}
		}
		all = append(all, sample{openRuns, float64(n), []string{string(state)}})
	}
	return all
}

// JobSeries identifies a job, whether it ever ran or not.
type JobSeries struct{ Name, Action string }

// runSamples are about the newest runs of each job and action.
func runSamples(runs []store.Run, jobs []JobSeries, policies map[string]remediate.PolicyReference) []sample {
	series := map[JobSeries][]store.Run{}
	for _, job := range jobs {
		series[job] = nil
	}
	for _, run := range runs {
		job := JobSeries{run.Job, run.Action}
		series[job] = append(series[job], run)
	}
	var all []sample
	for job, runs := range series {
		slices.SortFunc(runs, func(a, b store.Run) int { return b.Created.Compare(a.Created) })
		labels := []string{label(job.Name), label(job.Action)}
		all = append(all, newestOf(runs, labels)...)
		if len(runs) == 0 {
			continue
		}
		if policy, known := policies[runs[0].ID]; known {
			named := append(slices.Clone(labels), label(policy.ID), label(policy.Date))
			all = append(all, sample{lastPolicy, 1, named})
		}
	}
	return all
}

// newestOf makes the samples of one job and action from its runs, newest first.
func newestOf(runs []store.Run, labels []string) []sample {
	var all []sample
	if len(runs) > 0 {
		state := stateWord(runs[0].State)
		all = append(all, sample{lastRun, seconds(runs[0].Created), labels})
		all = append(all, sample{lastState, 1, append(slices.Clone(labels), state)})
	}
	if i := slices.IndexFunc(runs, over); i >= 0 {
		all = append(all, sample{lastTook, runs[i].Ended.Sub(runs[i].Created).Seconds(), labels})
		if exit := runs[i].Exit; exit != nil {
			all = append(all, sample{lastExit, float64(*exit), labels})
		}
	}
	return append(all, sample{lastRunEnded, seconds(lastEnd(runs, over)), labels},
		sample{lastRunWithin, seconds(lastEnd(runs, withinBudgets)), labels},
		sample{lastRunGood, seconds(lastEnd(runs, wentWell)), labels})
}

// lastEnd returns the last end of the runs that fit; zero for none.
func lastEnd(runs []store.Run, fits func(store.Run) bool) (last time.Time) {
	for _, run := range runs {
		if fits(run) && run.Ended.After(last) {
			last = run.Ended
		}
	}
	return last
}

func over(run store.Run) bool {
	return !run.Ended.IsZero() && run.State != store.RunRunning && run.State != store.RunPaused
}

// cutShort are the states of runs that did not come to their last device.
var cutShort = []store.RunState{store.RunStopped, store.RunInterrupted, store.RunFailed}

// withinBudgets counts unknown states as cut short.
func withinBudgets(run store.Run) bool {
	return over(run) && slices.Contains(store.RunStates(), run.State) && !slices.Contains(cutShort, run.State)
}

// wentWell: exit code 2 means pending changes and no failure.
func wentWell(run store.Run) bool {
	return over(run) && run.Exit != nil && (*run.Exit == 0 || *run.Exit == 2)
}

func stateWord(state store.RunState) string {
	if slices.Contains(store.RunStates(), state) {
		return string(state)
	}
	return unknown
}

// seconds since 1970, as Prometheus counts; 0 for no time.
func seconds(at time.Time) float64 {
	if at.IsZero() {
		return 0
	}
	return float64(at.UnixMilli()) / 1000
}

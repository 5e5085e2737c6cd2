package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/textfile"
)

// tell sends the messages of a job's run. One that can't be sent is logged; it changes
// nothing of the run.
func (r *jobRunner) tell(j jobs.Job, run string, cause error) {
	wanted := r.file.Notified(j)
	if len(wanted) == 0 {
		return
	}
	summary := r.summary(j, run, cause)
	for _, to := range wanted {
		if !summary.Wanted(to.On) {
			continue
		}
		if err := r.send(to, summary); err != nil {
			r.app.warn(fmt.Sprintf("job %s: the message to %s was not sent: %s", j.Name, to.Name, err))
		}
	}
}

// summary is what a message says. A run that could not begin has nothing but its failure.
func (r *jobRunner) summary(j jobs.Job, run string, cause error) notify.Summary {
	summary := notify.Summary{Run: run, Job: j.Name, Action: string(j.Action), State: string(store.RunFailed)}
	if run == "" {
		return summary
	}
	if err := r.count(&summary); err != nil {
		r.app.warn("count the devices of the run: " + err.Error())
		summary.State = string(store.RunFailed)
	}
	if cause != nil && !isShown(cause) {
		summary.State = string(store.RunFailed)
	}
	return summary
}

func (r *jobRunner) count(summary *notify.Summary) error {
	opened, err := r.app.openKept()
	if err != nil {
		return err
	}
	defer func() { _ = opened.Close() }()
	run, err := opened.Run(r.app.abort, summary.Run)
	if err != nil {
		return err
	}
	head, err := report.HeadOf(run)
	if err != nil {
		return err
	}
	summary.State = string(run.State)
	counts := map[string]int{}
	for device, err := range report.RunWords(head, r.app.ledger(opened).Devices(r.app.abort, run.ID)) {
		if err != nil {
			return err
		}
		counts[device.Word]++
		if device.Failed && device.Failure != nil {
			summary.Failures = append(summary.Failures, notify.FailedDevice{Device: device.Target, Code: device.Failure.Code})
		}
	}
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		summary.Counts = append(summary.Counts, notify.Count{Status: word, Devices: counts[word]})
	}
	return nil
}

// send posts one message. The address comes from the environment or a file, and is a secret.
func (r *jobRunner) send(to jobs.Webhook, summary notify.Summary) error {
	hook, err := r.hook(to)
	if err != nil {
		return err
	}
	body, err := notify.Body(to.Form, summary)
	if err != nil {
		return err
	}
	sender := notify.Sender{Client: hookClient(), Timeout: 20 * time.Second, Retry: r.app.clock().Policy(time.Minute, time.Second, 15*time.Second)}
	return sender.Send(r.app.abort, hook, body)
}

// hookClient is the usual client, with the proxy of the environment.
var hookClient = sync.OnceValue(func() *http.Client {
	transport, usual := http.DefaultTransport.(*http.Transport)
	if !usual {
		return &http.Client{}
	}
	own := transport.Clone()
	own.TLSClientConfig = strongKeys()
	return &http.Client{Transport: own}
})

// hook is where a message goes.
func (r *jobRunner) hook(to jobs.Webhook) (notify.Hook, error) {
	address := r.app.getenv(to.URLEnv)
	if to.URLFile != "" {
		content, err := r.app.readPrivate(inventory.Beside(r.file.folder, to.URLFile), "url_file")
		if err != nil {
			return notify.Hook{}, err
		}
		address = string(textfile.UTF8(content))
	} else if address == "" {
		return notify.Hook{}, fmt.Errorf("the environment variable %s is not set", to.URLEnv)
	}
	return notify.ParseHook(address)
}

// warnOfHooks says beforehand which messages can't be sent: when a run has failed at night it is
// too late.
func (r *jobRunner) warnOfHooks() {
	for _, to := range r.file.Notify {
		if _, err := r.hook(to); err != nil {
			r.app.warn(fmt.Sprintf("messages to %s can't be sent: %s", to.Name, err))
		}
	}
}

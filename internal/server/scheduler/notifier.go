package scheduler

import (
	"fmt"
	"maps"
	"slices"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/textfile"
)

// Notifier sends messages about the runs of jobs. A message that can't be sent is a warning; the run is unaffected.
type Notifier struct {
	Process run.Process
	File    jobs.JobsFile
	Sender  notify.Sender
	// Ledger opens the store for reading; the caller closes it.
	Ledger func() (report.Ledger, error)

	// The addresses of webhooks are secrets, in an environment variable or in a file of their owner alone.
	Getenv     func(name string) string
	ReadSecret func(path, key string) ([]byte, error)
}

// Notify sends the messages about a job's run; run is "" when no run was begun, failed that it ended with an error.
func (n Notifier) Notify(j jobs.Job, run string, failed bool) {
	wanted := n.File.Notified(j)
	if len(wanted) == 0 {
		return
	}
	summary := n.summary(j, run, failed)
	for _, to := range wanted {
		if !summary.Wanted(to.On) {
			continue
		}
		if err := n.send(to, summary); err != nil {
			n.Process.Warn(fmt.Sprintf("job %s: the message to %s was not sent: %s", j.Name, to.Name, err))
		}
	}
}

// summary returns the content of the messages. That of a run that could not begin is the failure alone.
func (n Notifier) summary(j jobs.Job, run string, failed bool) notify.Summary {
	summary := notify.Summary{Run: run, Job: j.Name, Action: string(j.Action), State: string(store.RunFailed)}
	if run == "" {
		return summary
	}
	if err := n.count(&summary); err != nil {
		n.Process.Warn("count the devices of the run: " + err.Error())
		failed = true
	}
	if failed {
		summary.State = string(store.RunFailed)
	}
	return summary
}

func (n Notifier) count(summary *notify.Summary) error {
	ledger, err := n.Ledger()
	if err != nil {
		return err
	}
	defer func() { _ = ledger.Store.Close() }()
	run, err := ledger.Store.Run(n.Process.Abort, summary.Run)
	if err != nil {
		return err
	}
	head, err := report.HeadOf(run)
	if err != nil {
		return err
	}
	summary.State = string(run.State)
	counts := map[string]int{}
	for device, err := range report.RunWords(head, ledger.Devices(n.Process.Abort, run.ID)) {
		if err != nil {
			return err
		}
		counts[device.Word]++
		if device.Failed && device.Failure != nil {
			failed := notify.FailedDevice{Device: device.Target, Code: device.Failure.Code}
			summary.Failures = append(summary.Failures, failed)
		}
	}
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		summary.Counts = append(summary.Counts, notify.Count{Status: word, Devices: counts[word]})
	}
	return nil
}

func (n Notifier) send(to jobs.Webhook, summary notify.Summary) error {
	hook, err := n.hook(to)
	if err != nil {
		return err
	}
	body, err := notify.Body(to.Form, summary)
	if err != nil {
		return err
	}
	return n.Sender.Send(n.Process.Abort, hook, body)
}

// hook returns the webhook that a message goes to.
func (n Notifier) hook(to jobs.Webhook) (notify.Hook, error) {
	address := n.Getenv(to.URLEnv)
	if to.URLFile != "" {
		content, err := n.ReadSecret(inventory.Beside(n.File.Folder, to.URLFile), "url_file")
		if err != nil {
			return notify.Hook{}, err
		}
		address = string(textfile.UTF8(content))
	} else if address == "" {
		return notify.Hook{}, fmt.Errorf("the environment variable %s is not set", to.URLEnv)
	}
	return notify.ParseHook(address)
}

// Check warns at startup about messages that can't be sent.
func (n Notifier) Check() {
	for _, to := range n.File.Notify {
		if _, err := n.hook(to); err != nil {
			n.Process.Warn(fmt.Sprintf("messages to %s can't be sent: %s", to.Name, err))
		}
	}
}

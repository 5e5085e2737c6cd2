package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/server/scheduler"
)

// tell sends the messages of a job's run.
func (r *jobRunner) tell(j jobs.Job, run string, cause error) {
	r.app.notifier(r.file).Notify(j, run, cause != nil && !isShown(cause))
}

func (a *app) notifier(file jobFile) scheduler.Notifier {
	return scheduler.Notifier{
		Process: a.process(), File: file.JobsFile, Getenv: a.getenv, ReadSecret: a.readPrivate,
		Sender: notify.Sender{Client: hookClient(), Timeout: 20 * time.Second, Retry: a.clock().Policy(time.Minute, time.Second, 15*time.Second)},
		Ledger: func() (report.Ledger, error) {
			opened, err := a.openKept()
			return a.ledger(opened), err
		},
	}
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

package main

import (
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/server/scheduler"
)

func (a *app) notifier(file jobFile) scheduler.Notifier {
	return scheduler.Notifier{
		Process: a.process(), File: file.JobsFile, Getenv: a.getenv, ReadSecret: a.readPrivate,
		Sender: notify.Sender{Client: hookClient(), Timeout: 20 * time.Second,
			Retry: a.clock().Policy(time.Minute, time.Second, 15*time.Second)},
		Ledger: func() (report.Ledger, error) {
			opened, err := a.openKept()
			return a.ledger(opened), err
		},
	}
}

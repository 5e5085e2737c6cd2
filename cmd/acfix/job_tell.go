package main

import (
	"net"
	"os"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/server/scheduler"
)

// tryMessage is the time of one try to send a message.
const tryMessage = 20 * time.Second

func (a *app) notifier(file jobFile) scheduler.Notifier {
	again := a.clock().Policy(time.Minute, time.Second, 15*time.Second)
	return scheduler.Notifier{
		Process: a.process(), File: file.JobsFile, Getenv: a.getenv, ReadSecret: a.readPrivate,
		ReadFile: os.ReadFile, TLS: strongKeys, Lost: a.lost.add,
		Sender: notify.Sender{Client: hookClient(), Timeout: tryMessage, Retry: again},
		Mailer: notify.Mailer{Dial: (&net.Dialer{}).DialContext, Timeout: tryMessage, Retry: again},
		Ledger: func() (report.Ledger, error) {
			opened, err := a.openKept()
			return a.ledger(opened), err
		},
	}
}

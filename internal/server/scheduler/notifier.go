package scheduler

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/jobs"
	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
)

// Notifier sends messages about the runs of jobs. A message that can't be sent is a warning; the run is unaffected.
type Notifier struct {
	Process run.Process
	File    jobs.JobsFile
	Sender  notify.Sender
	Mailer  notify.Mailer
	// TLS has what is asked of the certificates of mail servers besides their names and authorities.
	TLS func() *tls.Config
	// Ledger opens the store for reading; the caller closes it.
	Ledger func() (report.Ledger, error)

	// The addresses of webhooks and the passwords of mail servers are secrets, in an environment variable or in a file
	// of their owner alone.
	Getenv     func(name string) string
	ReadSecret func(path, key string) ([]byte, error)
	ReadFile   func(path string) ([]byte, error) // of authorities
	// Lost hears of each message that was not sent, by the name of its receiver; nil where nothing counts them.
	Lost func(receiver string)
}

// Notify sends the messages about a job's run, to all receivers at once; run is "" when no run was begun, failed that
// it ended with an error.
func (n Notifier) Notify(j jobs.Job, run string, failed bool) {
	wanted := n.File.Notified(j)
	if len(wanted) == 0 {
		return
	}
	letter := notify.Letter{Summary: n.summary(j, run, failed), At: n.Process.Clock.Now()}
	wanted = slices.DeleteFunc(wanted, func(to jobs.Receiver) bool { return !letter.Wanted(to.On) })
	if slices.ContainsFunc(wanted, func(to jobs.Receiver) bool { return to.Form == notify.EMail }) {
		letter.Sheet = n.sheet(run)
	}
	var sent sync.WaitGroup
	for _, to := range wanted {
		sent.Go(func() {
			if err := n.send(to, letter); err != nil {
				n.lost(j, to, err)
			}
		})
	}
	sent.Wait()
}

func (n Notifier) lost(j jobs.Job, to jobs.Receiver, err error) {
	if n.Lost != nil {
		n.Lost(to.Name)
	}
	n.Process.Warn(fmt.Sprintf("job %s: the message to %s was not sent: %s", j.Name, to.Name, err))
}

// sheet returns the page of the run; nil if there is none.
func (n Notifier) sheet(run string) *summary.Sheet {
	if run == "" {
		return nil
	}
	sheet, err := n.readSheet(run)
	if err != nil {
		n.Process.Warn("make the summary of the run: " + err.Error())
		return nil
	}
	return sheet
}

func (n Notifier) readSheet(id string) (*summary.Sheet, error) {
	ledger, err := n.Ledger()
	if err != nil {
		return nil, err
	}
	defer func() { _ = ledger.Store.Close() }()
	run, err := ledger.Store.Run(n.Process.Abort, id)
	if err != nil {
		return nil, err
	}
	return Summaries{Ledger: ledger, File: n.File, Now: n.Process.Clock.Now()}.Run(n.Process.Abort, run)
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

func (n Notifier) send(to jobs.Receiver, letter notify.Letter) error {
	letter.Link = notify.RunLink(to.BaseURL, letter.Run)
	if to.Form == notify.EMail {
		mail, err := n.mail(to.Mail)
		if err != nil {
			return err
		}
		return n.Mailer.Send(n.Process.Abort, mail, letter)
	}
	hook, err := n.hook(to)
	if err != nil {
		return err
	}
	body, err := notify.Body(to.Form, letter.Summary)
	if err != nil {
		return err
	}
	return n.Sender.Send(n.Process.Abort, hook, body)
}

// hook returns the webhook that a message goes to.
func (n Notifier) hook(to jobs.Receiver) (notify.Hook, error) {
	address, err := n.secret(to.URLEnv, to.URLFile, "url_file")
	if err != nil {
		return notify.Hook{}, err
	}
	return notify.ParseHook(address)
}

// secret reads a secret from a file or, without one, from an environment variable.
func (n Notifier) secret(variable, file, key string) (string, error) {
	if file != "" {
		content, err := n.ReadSecret(inventory.Beside(n.File.Folder, file), key)
		return string(textfile.UTF8(content)), err
	}
	found := n.Getenv(variable)
	if found == "" {
		return "", fmt.Errorf("the environment variable %s is not set", variable)
	}
	return found, nil
}

// mail returns the mail server and the addresses that a message goes to.
func (n Notifier) mail(of jobs.Mail) (to notify.Mail, err error) {
	to = notify.Mail{
		Encryption: of.Encryption, TLS: n.TLS(), Username: of.Username, From: of.From, To: of.To, Subject: of.Subject,
	}
	if to.Host, to.Port, err = notify.ParseServer(of.Server); err != nil {
		return to, err
	}
	to.Port = cmp.Or(to.Port, of.Encryption.Port())
	if of.Username != "" {
		password, err := n.secret(of.PasswordEnv, of.PasswordFile, "password_file")
		if err != nil {
			return to, err
		}
		to.Password = strings.TrimRight(password, "\r\n")
	}
	if of.CAFile != "" {
		to.TLS.RootCAs, err = n.authorities(of.CAFile)
	}
	return to, err
}

func (n Notifier) authorities(file string) (*x509.CertPool, error) {
	path := inventory.Beside(n.File.Folder, file)
	content, err := n.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ca_file: the file can't be read: %s", usage.Reason(err))
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(textfile.UTF8(content)) {
		return nil, fmt.Errorf("ca_file: %s has no certificate in PEM", path)
	}
	return pool, nil
}

// Check warns at startup about messages that can't be sent.
func (n Notifier) Check() {
	for _, to := range n.File.Notify {
		var err error
		if to.Form == notify.EMail {
			_, err = n.mail(to.Mail)
		} else {
			_, err = n.hook(to)
		}
		if err != nil {
			n.Process.Warn(fmt.Sprintf("messages to %s can't be sent: %s", to.Name, err))
		}
	}
}

package main

import (
	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/textfile"
	"github.com/acfix/acfix/internal/usage"
	"github.com/spf13/pflag"
)

func (a *app) registerRecipients(flags *pflag.FlagSet) {
	flags.Var(&a.flags.recipients, "backup-recipient", "encrypt the backup's files for this age recipient; may repeat")
}

// identities reads --identity; none without the flag.
func (a *app) identities(path string) ([]age.Identity, error) {
	if path == "" {
		return nil, nil
	}
	text, err := a.readPrivate(path, "--identity")
	if err != nil {
		return nil, err
	}
	list, err := backup.ParseIdentities(textfile.UTF8(text))
	if err != nil {
		return nil, usage.Errorf("--identity: %s", err).Hint("give the file that age-keygen made")
	}
	return list, nil
}

// recipients is --backup-recipient: the recipients that can open the backups of this run.
type recipients struct {
	list []age.Recipient
	err  error
}

func (r *recipients) String() string { return "" }

func (r *recipients) Type() string { return "age1..." }

// Set takes one recipient; the flag may repeat. Its error is kept for later: with an error at once, pflag would
// print the text, which may be an identity by mistake.
func (r *recipients) Set(text string) error {
	recipient, err := backup.ParseRecipient(text)
	if err != nil {
		r.err = err
		return nil
	}
	r.list = append(r.list, recipient)
	return nil
}

package main

import (
	"filippo.io/age"
	"github.com/acfix/acfix/internal/records/backup"
)

// recipients is --backup-recipient: who may open the backups of this run.
type recipients struct {
	list []age.Recipient
	err  error
}

func (r *recipients) String() string { return "" }

func (r *recipients) Type() string { return "age1..." }

// Set takes one recipient; the flag may repeat. Its error is kept for later: pflag would
// print the text with it, and that may be an identity by mistake.
func (r *recipients) Set(text string) error {
	recipient, err := backup.ParseRecipient(text)
	if err != nil {
		r.err = err
		return nil
	}
	r.list = append(r.list, recipient)
	return nil
}

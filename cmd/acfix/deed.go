package main

import (
	"cmp"
	"context"
	"errors"
	"os"

	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/server/web"
	"github.com/acfix/acfix/internal/server/webdata"
)

// deed records an action of the command line where those of the web pages are, before it does it, and records its
// failure too. It is of the command line unless the entry says where it came from.
// docs/design/server.md: A change by a page is on record first
func (a *app) deed(opened *store.Store, entry web.AuditEntry, action func() error) error {
	entry.Time, entry.Person, entry.From = a.now(), person(), cmp.Or(entry.From, "command line")
	record := func(ctx context.Context) error { return webdata.Record(ctx, opened, entry) }
	if err := a.persist(record); err != nil {
		return err
	}
	failed := action()
	if failed == nil {
		return nil
	}
	entry.Time, entry.Failed = a.now(), failed.Error()
	return errors.Join(failed, a.persist(record))
}

// person is the user of this machine, as user@host.
func person() string {
	host, _ := os.Hostname()
	return userName() + "@" + host
}

package remediate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/certs"
)

// damageError: after the switch was sent, the configuration differs in more than the
// planned cell.
type damageError struct {
	what    string // what differs
	putBack bool   // the tables are as they were again, seen by reading
	failure error  // why they are not
}

func (e *damageError) Error() string {
	text := "when \"Use default CA Bundle\" was switched on, the device changed more than that one cell (" + e.what + ")"
	switch {
	case e.putBack:
		return text + "; it was put back as it was, and nothing was saved"
	case e.failure != nil:
		return text + "; IT COULD NOT BE PUT BACK: " + e.failure.Error() + "; nothing was saved"
	default:
		return text
	}
}

func (e *damageError) Unwrap() []error {
	if e.failure != nil {
		return []error{ErrNotVerified, e.failure}
	}
	return []error{ErrNotVerified}
}

// repair puts a damaged configuration back at once and returns the error that says so. Any
// other error goes through as it is.
func (r *run) repair(ctx context.Context, before audiocodes.Configuration, err error) error {
	var damage *damageError
	if !errors.As(err, &damage) {
		return err
	}
	damage.failure = r.putBack(ctx, before)
	damage.putBack = damage.failure == nil
	return damage // and not err: its text was made before the repair
}

// putBack loads the TLSContexts table as it was, and every table that lost its rows, in one
// file, and reads them back: a device that drops what a load does not mention would drop
// the one table for the other. A table with an obscured secret can't be written.
func (r *run) putBack(ctx context.Context, before audiocodes.Configuration) error {
	after, err := r.Device.Configuration(ctx)
	if err != nil {
		return err
	}
	var tables []*ini.Table
	var load []byte
	var secret []string
	for _, name := range append([]string{tableTLSContexts}, lostTables(before, after)...) {
		table := before.Table(name)
		rows, err := table.Rows()
		if err != nil || slices.ContainsFunc(rows, ini.Row.HasSecret) {
			secret = append(secret, "table "+table.Name)
			continue
		}
		tables = append(tables, table)
		load = append(load, table.Load(rows...)...)
	}
	err = r.settle(ctx, write{
		what: "put the configuration back",
		send: func(ctx context.Context) error { return r.Device.LoadIncremental(ctx, load) },
		seen: func(ctx context.Context) (bool, error) { return r.sameTables(ctx, tables) },
	})
	if err != nil {
		return err
	}
	lost, err := r.lostFiles(ctx)
	if err != nil {
		return err
	}
	if lost = append(lost, secret...); len(lost) > 0 {
		return fmt.Errorf("what acfix can't write back has to be restored from the backup by hand: %s", strings.Join(lost, ", "))
	}
	return nil
}

// lostFiles compares the files of all TLS Contexts with the backup: a row that was dropped
// may have taken its roots and its certificate with it, and no table brings them back.
func (r *run) lostFiles(ctx context.Context) ([]string, error) {
	now, err := TakeSnapshot(ctx, r.Device, r.Now)
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, before := range r.before.Contexts {
		after, _ := now.context(before.ID)
		roots := certs.ParseStore(after.Roots.PEM)
		for _, certificate := range certs.ParseStore(before.Roots.PEM).Certificates {
			if !roots.Has(certificate.SHA256) {
				lost = append(lost, fmt.Sprintf("trusted root %q of TLS Context %d", certificate.X509.Subject.CommonName, before.ID))
			}
		}
		if !bytes.Equal(before.Certificate, after.Certificate) {
			lost = append(lost, fmt.Sprintf("the certificate of TLS Context %d", before.ID))
		}
	}
	return lost, nil
}

func (r *run) sameTables(ctx context.Context, tables []*ini.Table) (bool, error) {
	now, err := r.Device.Configuration(ctx)
	if err != nil {
		return false, err
	}
	for _, table := range tables {
		differences, err := ini.Compare(table, now.Table(table.Name))
		if err != nil || len(differences) > 0 {
			return false, err
		}
	}
	return true, nil
}

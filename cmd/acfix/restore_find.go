package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/run"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/backup"
	"github.com/acfix/acfix/internal/records/evidence"
	"github.com/acfix/acfix/internal/usage"
)

// unreadable returns a usage error for a path that is not a backup; a damaged backup keeps its error.
func unreadable(directory string, err error) error {
	if errors.Is(err, backup.ErrDamaged) || strings.HasPrefix(directory, evidence.InStore) {
		return err
	}
	return usage.Errorf("%s is no backup that can be read: %s", directory, usage.Reason(errors.Unwrap(err))).
		Hint("give the directory of a backup; \"acfix backup list\" shows them")
}

func (j *restoreJob) whereabouts(inventoryFile *access.InventoryFile) run.Whereabouts {
	where := run.Whereabouts{
		URL: j.given.url, InventoryFile: inventoryFile, Inventory: j.given.inventory,
		Bound: len(j.given.Pins) > 0 || j.given.CAFile != "",
	}
	if j.app.stdinIsTerminal {
		where.Agree = func(url string) bool {
			const question = "The backup says that the device is at %s. The password will be sent there. Is that right?"
			return j.app.askYes(fmt.Sprintf(question, foreign.Clean(url)))
		}
	}
	return where
}

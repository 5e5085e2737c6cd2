package main

import (
	"errors"
	"runtime/debug"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
)

// roster reads the inventory of -i; nil where none is given.
func (a *app) roster(c connection) (*access.InventoryFile, error) {
	if c.inventory == "" {
		if c.limit != "" {
			return nil, usage.Errorf("--limit selects from an inventory, and none is given").
				Hint("give the inventory with -i FILE")
		}
		return nil, nil
	}
	read, err := a.frugally(func() (*access.InventoryFile, error) { return access.ReadInventory(c.inventory, a.guard) })
	var wrong inventory.Errors
	if errors.As(err, &wrong) {
		return nil, usage.Errorf("%s:%s", c.inventory, wrong).
			Hint("\"acfix inventory check " + c.inventory + "\" lists all that is wrong")
	}
	return read, err
}

// frugally collects garbage more often than elsewhere: the tree of a large inventory takes
// more memory than the run that follows, and would set how far the heap grows.
func (a *app) frugally(read func() (*access.InventoryFile, error)) (*access.InventoryFile, error) {
	if a.getenv("GOGC") == "" {
		defer debug.SetGCPercent(debug.SetGCPercent(25))
	}
	return read()
}

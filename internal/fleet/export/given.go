package export

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
)

// GivenStore is the trusted-root store of a TLS Context, which the operator gives besides a configuration.
type GivenStore struct {
	Context string // number or name
	roots   []byte // PEM
}

// ReadStores reads the stores that are given as CONTEXT=FILE. Errors: *usage.Error.
func ReadStores(given []string) ([]GivenStore, error) {
	var stores []GivenStore
	for _, text := range given {
		context, path, found := strings.Cut(text, "=")
		if !found || context == "" || path == "" {
			return nil, usage.Errorf("--roots-file %s: it has the form CONTEXT=FILE", text).
				Hint("such as --roots-file 1=roots.pem, with the number or the name of the TLS Context")
		}
		roots, err := readStore(path)
		if err != nil {
			return nil, err
		}
		stores = append(stores, GivenStore{context, roots})
	}
	return stores, nil
}

// ErrNoPlace is in the chain of a *usage.Error if the configuration has no place for a given store: a mistake of the
// command, not of the file.
var ErrNoPlace = errors.New("no place for a given store")

func noPlace(problem, hint string) error {
	return &usage.Error{Problem: problem, Hint: hint, Cause: ErrNoPlace}
}

// AddStores adds stores to an export. A store that was given replaces the one that the file holds itself. Errors:
// *usage.Error, which may have ErrNoPlace in its chain, and audiocodes.ErrBadAnswer.
func AddStores(read *remediate.Export, stores []GivenStore) error {
	if len(stores) == 0 {
		return nil
	}
	contexts, err := read.ContextIDs()
	if err != nil {
		return err
	}
	all, given := map[int]audiocodes.TrustedRoots{}, map[int]bool{}
	for id, roots := range read.Stores {
		all[id] = roots
	}
	for _, store := range stores {
		id, err := contextCalled(store.Context, contexts)
		switch {
		case err != nil:
			return err
		case given[id]:
			return noPlace(fmt.Sprintf("--roots-file gives TLS Context %d twice", id), "put its trusted roots into one file")
		}
		all[id], given[id] = audiocodes.TrustedRoots{PEM: store.roots}, true
	}
	read.Stores = all
	return nil
}

// contextCalled finds a TLS Context as a reference of the configuration would: by its name, then by its number.
func contextCalled(called string, contexts map[int]string) (int, error) {
	var known []string
	for id, name := range contexts {
		if name != "" && name == called {
			return id, nil
		}
		known = append(known, strconv.Itoa(id)+" ("+name+")")
	}
	if id, err := strconv.Atoi(called); err == nil {
		if _, has := contexts[id]; has {
			return id, nil
		}
	}
	slices.Sort(known)
	return 0, noPlace(fmt.Sprintf("--roots-file: the configuration has no TLS Context %q", called),
		"it has "+strings.Join(known, ", "))
}

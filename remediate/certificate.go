package remediate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/audiocodes"
)

// ContextCertificate is a TLS Context's own certificate, as far as it could be read.
type ContextCertificate struct {
	PEM []byte
	// Refused is why there is none; nil when there is one.
	Refused error
}

// ReadCertificates adds to a state the certificate of each TLS Context whose store was
// read, by one more request each, tries again included, for as long as patience lasts over
// all of them. Plans do not depend on them, so what can't be read stays unknown. It fails only when
// the run was stopped, or when the device refused the password, which must not be tried again.
// docs/design/remediate.md: The SBC's own certificate decides nothing
func ReadCertificates(ctx context.Context, device Reader, state *State, patience time.Duration) error {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	state.certificates = map[int]ContextCertificate{}
	for _, id := range slices.Sorted(maps.Keys(state.Stores)) {
		text, err := device.Certificate(limited, id)
		switch {
		case err != nil && (ctx.Err() != nil || errors.Is(err, audiocodes.ErrUnauthorized)):
			return err
		case err != nil && limited.Err() != nil:
			err = fmt.Errorf("%w: acfix waited for it no longer than %s", audiocodes.ErrTimeout, patience)
		}
		state.certificates[id] = ContextCertificate{PEM: text, Refused: err}
	}
	return nil
}

// ErrWhichContext: no TLS Context, or more than one, fits what was asked for.
var ErrWhichContext = errors.New("cannot tell which TLS Context is meant")

// ReadContext reads the certificate and the trusted roots of one TLS Context: the one that the operator chose, else
// the one that serves Teams, whether or not mutual TLS is on.
func ReadContext(ctx context.Context, device Reader, choice Choice, now func() time.Time) (ContextFiles, error) {
	state, err := readState(ctx, device, choice, func(State) []int { return nil }, now)
	if err != nil {
		return ContextFiles{}, err
	}
	wanted, err := state.oneContext(choice)
	if err != nil {
		return ContextFiles{}, err
	}
	files, err := readContextFiles(ctx, device, wanted)
	if err != nil || files.Certificate != nil {
		return files, err
	}
	label := state.tables.label(wanted.index)
	return files, fmt.Errorf("%w: TLS Context %s has no certificate", audiocodes.ErrRejected, label)
}

func (s State) oneContext(choice Choice) (tlsContext, error) {
	if choice.TLSContext != "" {
		found := choose(s.tables.contexts, choice.TLSContext)
		switch len(found) {
		case 0:
			return tlsContext{}, fmt.Errorf("%w: there is no TLS Context %q", ErrWhichContext, choice.TLSContext)
		case 1:
			return found[0], nil
		}
		return tlsContext{}, fmt.Errorf("%w: %q fits several", ErrWhichContext, choice.TLSContext)
	}
	var found []tlsContext
	var labels []string
	for _, id := range s.servingTeams() {
		if context, ok := s.tables.context(id); ok {
			found, labels = append(found, context), append(labels, s.tables.label(id))
		}
	}
	if len(found) != 1 {
		return tlsContext{}, fmt.Errorf("%w: %d serve Teams (%s)",
			ErrWhichContext, len(found), strings.Join(labels, ", "))
	}
	return found[0], nil
}

// servingTeams are the TLS Contexts of all Teams legs, each once.
func (s State) servingTeams() []int {
	var ids []int
	for _, leg := range s.legs {
		if len(leg.wrong) == 0 {
			ids = append(ids, leg.contexts()...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

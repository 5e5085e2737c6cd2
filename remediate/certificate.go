package remediate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// ContextCertificate is a TLS Context's own certificate, as far as it could be read.
type ContextCertificate struct {
	PEM []byte
	// Refused is why there is none; nil when there is one.
	Refused error
}

// Also is what to read by and what to read besides, on which a plan does not depend.
type Also struct {
	// Policy is the rule by whose hosts the leg is recognised; the zero value is the default policy.
	Policy certs.Policy
	// Certificates is how long to wait, in all, for the certificates of the TLS Contexts whose stores are
	// read, tries again included; 0 leaves them out. What can't be read stays unknown.
	Certificates time.Duration
	// Default reads the store of TLS Context 0 beside the configuration, for a backup that soon follows.
	Default bool
}

// ReadAlso is Read and more. It fails because of what it reads besides only when the run was stopped, or
// when the device refused the password, which must not be tried again.
// docs/design/remediate.md: The SBC's own certificate decides nothing
func ReadAlso(ctx context.Context, device Reader, choice Choice, also Also, now func() time.Time) (State, error) {
	state, err := readConfigured(ctx, device, choice, also, now)
	if err != nil {
		return State{}, err
	}
	var certificates certificateReader
	if also.Certificates > 0 {
		certificates, state.certificates = patient(device, also.Certificates), map[int]ContextCertificate{}
	}
	return state.withFiles(ctx, device, choice.stores(state), certificates)
}

// certificateReader reads a TLS Context's own certificate.
type certificateReader func(ctx context.Context, id int) (ContextCertificate, error)

// patient reads certificates until patience has ended, which begins with the first one.
func patient(device Reader, patience time.Duration) certificateReader {
	var once sync.Once
	var limited context.Context
	return func(ctx context.Context, id int) (ContextCertificate, error) {
		once.Do(func() { limited = atMost(ctx, patience) })
		text, err := device.Certificate(limited, id)
		switch {
		case err != nil && (ctx.Err() != nil || errors.Is(err, audiocodes.ErrUnauthorized)):
			return ContextCertificate{}, err
		case err != nil && limited.Err() != nil:
			err = fmt.Errorf("%w: acfix waited for it no longer than %s", audiocodes.ErrTimeout, patience)
		}
		return ContextCertificate{PEM: text, Refused: err}, nil
	}
}

// atMost ends a context that its caller ends some time later.
func atMost(ctx context.Context, limit time.Duration) context.Context {
	limited, cancel := context.WithTimeout(ctx, limit)
	context.AfterFunc(ctx, cancel)
	return limited
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

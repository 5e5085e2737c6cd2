package remediate

import (
	"context"
	"fmt"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// State is everything that a plan is made from.
type State struct {
	ReadAt time.Time
	// ManagementCertificate is the SHA-256 of the pinned certificate that the device presented; "" without pins.
	ManagementCertificate string
	Status                audiocodes.Status
	Stores                map[int]Store // of the TLS Contexts that serve Teams

	source        Source
	part          string // as of Export
	configuration audiocodes.Configuration
	roots         map[int]audiocodes.TrustedRoots // as sent, of Stores, and perhaps of TLS Context 0

	tables tables
	legs   []leg
	wrong  []wrongReference // of the operator's choice, or of addresses without a Proxy Set
	// certificates are those of the same contexts, where they were asked for (ReadAlso).
	certificates map[int]ContextCertificate
	// firmware is nil when the version can't be read.
	firmware *audiocodes.Firmware
}

// Store is one TLS Context's trusted roots.
type Store struct {
	certs.Store
	// Absent is the HTTP status by which the device said that there is nothing to read; else 0.
	Absent int
	// Unknown: nothing shows what the store holds. Only a file's store can be unknown.
	Unknown bool
}

// Read reads what is needed to plan: the status, the configuration, and the trusted roots of each TLS Context that
// serves Teams. With one such context these are three requests; without a Teams leg that matters, two.
func Read(ctx context.Context, device Reader, choice Choice, now func() time.Time) (State, error) {
	return ReadAlso(ctx, device, choice, Also{}, now)
}

// stores are those that serve Teams.
func (c Choice) stores(state State) []int { return state.contextsToRead(c) }

// readState reads the stores of the TLS Contexts that are wanted, all of which exist.
func readState(
	ctx context.Context, device Reader, choice Choice, wanted func(State) []int, now func() time.Time,
) (State, error) {
	state, err := readConfigured(ctx, device, choice, Also{}, now)
	if err != nil {
		return State{}, err
	}
	return state.withFiles(ctx, device, wanted(state), nil)
}

// readConfigured reads the status and the configuration, one after the other: the first answer shows
// whether the device accepts the password. With also.Default, it reads the store of TLS Context 0 beside the
// configuration.
func readConfigured(ctx context.Context, device Reader, choice Choice, also Also, now func() time.Time) (State, error) {
	status, err := device.Status(ctx)
	if err != nil {
		return State{}, err
	}
	var read Snapshot
	roots := ContextFiles{ID: defaultContext}
	var rootsErr error
	readings := []reading{read.readConfiguration(device)}
	if also.Default {
		readings = append(readings, func(ctx context.Context) error { rootsErr = roots.readRoots(device)(ctx); return nil })
	}
	if err := together(ctx, readings...); err != nil {
		return State{}, err
	}
	state, err := newState(also.Policy, status, read.Configuration, choice, now())
	if err != nil {
		return State{}, err
	}
	state.ManagementCertificate = device.PinnedCertificate()
	if also.Default && rootsErr == nil {
		state.roots[defaultContext] = roots.Roots
	}
	return state, nil
}

// withFiles adds the stores of TLS Contexts, and their certificates if certificate is not nil.
func (s State) withFiles(ctx context.Context, device Reader, ids []int, certificate certificateReader) (State, error) {
	stores := make([]audiocodes.TrustedRoots, len(ids))
	certificates := make([]ContextCertificate, len(ids))
	var readings []reading
	for i, id := range ids {
		readings = append(readings, func(ctx context.Context) (err error) {
			stores[i], err = device.TrustedRoots(ctx, id)
			return err
		})
	}
	for i, id := range ids {
		if certificate != nil {
			readings = append(readings, func(ctx context.Context) (err error) {
				certificates[i], err = certificate(ctx, id)
				return err
			})
		}
	}
	if err := together(ctx, readings...); err != nil {
		return State{}, err
	}
	for i, id := range ids {
		s.addStore(id, stores[i])
		if certificate != nil {
			s.certificates[id] = certificates[i]
		}
	}
	return s, nil
}

// newState parses a reading and finds the legs in its configuration that the policy is about; those of Teams by the
// zero policy.
func newState(
	policy certs.Policy, status audiocodes.Status, configuration audiocodes.Configuration, choice Choice, now time.Time,
) (State, error) {
	if policy.IsZero() {
		policy = certs.TeamsPolicy()
	}
	state := State{
		ReadAt: now, Status: identified(status, configuration), configuration: configuration,
		Stores: map[int]Store{}, roots: map[int]audiocodes.TrustedRoots{},
	}
	if firmware, err := audiocodes.ParseFirmware(status.Firmware); err == nil {
		state.firmware = &firmware
	}
	var err error
	if state.tables, err = readTablesBy(policy, configuration.File); err != nil {
		return State{}, err
	}
	if err := state.checkWhole(); err != nil {
		return State{}, err
	}
	state.legs, state.wrong = state.tables.legs(choice)
	return state, nil
}

// headerSerial names the serial number in the comments before the first section.
const headerSerial = "Serial Number"

// identified takes the serial number from the head of the configuration if the status has none (public INI files of
// 6.60A to 7.20A: ";Serial Number: 1234567").
func identified(status audiocodes.Status, configuration audiocodes.Configuration) audiocodes.Status {
	if status.Serial == "" {
		status.Serial = configuration.Header(headerSerial)
	}
	return status
}

// checkWhole refuses a configuration that can't be complete: from 7.0 on every device has TLS Context 0, which can't
// be deleted (User's Manual 7.4, "TLS Contexts"), so a configuration without it was cut off between two tables. So was
// one in which nothing of SIP is configured: it would count as a device without a Teams leg.
// docs/design/device.md: An incomplete configuration is refused
func (s State) checkWhole() error {
	file := s.tables.file
	if !file.Has(tableSIPInterface) && !file.Has(tableProxySet) && !file.Has(tableProxyIP) {
		return fmt.Errorf("read the configuration: %w: it has no table %s, %s or %s; it is not complete",
			audiocodes.ErrBadAnswer, tableSIPInterface, tableProxySet, tableProxyIP)
	}
	if s.firmware == nil || s.firmware.Major < 7 {
		return nil
	}
	if _, ok := s.tables.context(defaultContext); !ok {
		return fmt.Errorf("read the configuration: %w: it has no TLS Context 0, which every device with firmware 7 "+
			"has; it is not complete", audiocodes.ErrBadAnswer)
	}
	return nil
}

// contextsToRead returns the existing TLS Contexts of the affected legs, each once.
func (s State) contextsToRead(choice Choice) []int {
	var ids []int
	seen := map[int]bool{}
	for _, leg := range s.legs {
		if !leg.affected(s.tables.policy, choice) || len(leg.wrong) > 0 {
			continue
		}
		for _, id := range leg.contexts() {
			if _, exists := s.tables.context(id); exists && !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
	}
	return ids
}

func (s State) addStore(id int, roots audiocodes.TrustedRoots) {
	s.Stores[id], s.roots[id] = Store{Store: certs.ParseStore(roots.PEM), Absent: roots.Absent}, roots
}

// clockTolerance leaves room for any time zone: a device need not give its own.
const clockTolerance = 26 * time.Hour

// clockOff returns how far the device's clock is from ours; told is false if the device does not give its time in a
// form that acfix can read.
func (s State) clockOff() (off time.Duration, told bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05"} {
		if local, err := time.Parse(layout, s.Status.LocalTime); err == nil {
			return s.ReadAt.Sub(local).Abs(), true
		}
	}
	return 0, false
}

package remediate

import (
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/certs"
)

// SourceKind says what a plan was made from, as in the documented JSON.
type SourceKind string

// The kinds of sources.
const (
	SourceREST    SourceKind = "rest"    // a reading of the device itself
	SourceINI     SourceKind = "ini"     // an exported configuration
	SourcePackage SourceKind = "package" // a configuration package: an INI file, and perhaps trusted roots
	SourceBackup  SourceKind = "backup"  // a backup that acfix made
)

// Source is what a plan was made from. The zero value is that of a plan made before sources were kept, all of which
// were made from a device.
type Source struct {
	Kind SourceKind `json:"kind"`
	File string     `json:"file,omitempty"` // as the operator named it; "" for a device
	// Taken is when the file was written, or the backup made, in RFC 3339; "" if nothing tells.
	Taken string `json:"taken,omitempty"`
	// TakenBy is what Taken is the time of; "" without one.
	TakenBy TakenBy `json:"taken_by,omitempty"`
}

// TakenBy says what tells when an export was made, as in the documented JSON.
type TakenBy string

// What tells the time of an export.
const (
	TakenByFile   TakenBy = "file"   // the file's own time, which a copy renews
	TakenByMember TakenBy = "member" // the time of the configuration within a package
	TakenByBackup TakenBy = "backup" // the backup's manifest
)

// IsFile reports whether a plan was made from a file. Such a plan can't be applied: the device may have changed since.
func (s Source) IsFile() bool { return s.File != "" }

// From returns the plan as one that was made from a source.
func (p DevicePlan) From(source Source) DevicePlan {
	p.Source = source
	return p
}

// Export is a device as files show it that a person exported. What they do not show stays unknown: it is neither
// missing nor present.
type Export struct {
	Source        Source
	Taken         time.Time         // when the configuration was exported, as far as the file tells
	TakenBy       TakenBy           // what tells it
	Status        audiocodes.Status // its Raw is empty where the files hold no status
	Configuration audiocodes.Configuration
	Stores        map[int]audiocodes.TrustedRoots // of the TLS Contexts whose trusted roots are given
	Certificates  map[int][]byte                  // of the TLS Contexts whose own certificate is given, with its chain
	NoCertCheck   bool                            // the operator asked not to check the SBC's own certificates
	Part          string                          // why the configuration may be a part of one; "" for a whole one
}

// State is what a plan is made from by a policy. Certificates count as expired or not by the time now. ErrBadAnswer: the
// configuration is not complete.
func (e Export) State(policy certs.Policy, choice Choice, now time.Time) (State, error) {
	state, err := newState(policy, e.Status, e.Configuration, choice, now)
	if err != nil {
		return State{}, err
	}
	state.source, state.part = e.Source, e.Part
	if !e.NoCertCheck {
		state.certificates = map[int]ContextCertificate{}
	}
	if !e.Taken.IsZero() {
		state.source.Taken, state.source.TakenBy = e.Taken.UTC().Format(time.RFC3339), e.TakenBy
	}
	for _, id := range state.contextsToRead(choice) {
		if certificate, given := e.Certificates[id]; given && !e.NoCertCheck {
			state.certificates[id] = ContextCertificate{PEM: certificate}
		}
		if roots, given := e.Stores[id]; given {
			state.addStore(id, roots)
			continue
		}
		state.Stores[id] = Store{Unknown: true}
	}
	return state, nil
}

// from is what the state was read from.
func (s State) from() Source {
	if s.source.IsFile() {
		return s.source
	}
	return Source{Kind: SourceREST}
}

// ContextIDs are the TLS Contexts of the configuration, and their names.
func (e Export) ContextIDs() (map[int]string, error) {
	tables, err := readTables(e.Configuration.File)
	if err != nil {
		return nil, err
	}
	names := map[int]string{}
	for _, context := range tables.contexts {
		names[context.index] = context.name
	}
	return names, nil
}

// checkSource notes what a file can't tell.
func (b *builder) checkSource() {
	if !b.state.source.IsFile() {
		return
	}
	if b.state.part != "" {
		b.find(FileMayBeAPart, b.state.part)
	}
	if b.state.Status.Firmware == "" {
		b.find(FirmwareNotInFile)
	}
	if len(b.state.Status.Raw) == 0 {
		b.find(StatusNotInFile)
	}
	for _, id := range b.plannedContexts() {
		if b.state.Stores[id].Unknown {
			b.find(StoreNotInFile, b.state.tables.label(id), id)
		}
	}
}

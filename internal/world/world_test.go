package world

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// World is one device, what the operator does there with acfix, and what comes in between.
type World struct {
	About string `json:"about,omitempty"`
	// Expected are the names of the invariants that acfix is known to break in this world. It is
	// a mistake when one of them holds: the mend takes the name out.
	Expected []string `json:"expected,omitempty"`

	Preset   string `json:"preset"`
	Firmware string `json:"firmware,omitempty"` // instead of the preset's
	// Variants are those of mockdevice.Variants and Quirks, by name; Seed feeds their shuffles.
	Variants []string `json:"variants,omitempty"`
	Seed     uint64   `json:"seed,omitempty"`
	// Start is how the tables differ from the preset's, saved; Waiting is what another
	// administrator has changed since and not saved.
	Start   []Change `json:"start,omitempty"`
	Waiting []Change `json:"waiting,omitempty"`

	Acts   []Act   `json:"acts"`
	Events []Event `json:"events,omitempty"`
}

// Act is one command of the operator.
type Act struct {
	Do string `json:"do"`
	// Address is the one by which the device is reached, 0 or 1; both lead to the same device.
	Address int `json:"address,omitempty"`
	// Of is the act whose backup is restored, whose plan is carried out or whose run is resumed.
	Of int `json:"of,omitempty"`

	AllRoots     bool `json:"all_roots,omitempty"`
	SaveUnsaved  bool `json:"save_unsaved,omitempty"`
	AllowShared  bool `json:"allow_shared,omitempty"`
	AllowDefault bool `json:"allow_default,omitempty"`
}

// The acts.
const (
	Apply     = "apply"
	Plan      = "plan" // acfix plan --out
	ApplyPlan = "apply_plan"
	Restore   = "restore"
	Resume    = "resume" // of an apply
)

// Event is something that happens at a request of an act.
type Event struct {
	Act int `json:"act"`
	// Method and Path say which requests count; empty stands for any. Path is a pattern of
	// path.Match below /api/v1.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Request says which of those it is, from 1, and Times how many of them in a row: 0 is
	// once, a negative number all that follow.
	Request int `json:"request"`
	Times   int `json:"times,omitempty"`
	// After: the device has done what was asked, and has not answered yet.
	After bool `json:"after,omitempty"`

	Do     string   `json:"do"`
	Change *Change  `json:"change,omitempty"` // for Edit and Damage
	Fault  string   `json:"fault,omitempty"`  // for Fault, as in mockdevice.ParseFault without method and path
	Delay  Duration `json:"delay,omitempty"`  // for Delay
	Play   *Act     `json:"play,omitempty"`   // for Meanwhile
}

// What can happen.
const (
	Edit      = "edit"      // another administrator changes something
	Damage    = "damage"    // the device changes what it was not asked to
	Fault     = "fault"     // as mockdevice breaks an answer, or the device
	Delay     = "delay"     // the answer takes so long
	Kill      = "kill"      // SIGKILL of acfix
	Interrupt = "interrupt" // SIGINT of acfix
	Switch    = "switch"    // the other unit of the HA pair takes over
	Meanwhile = "meanwhile" // another acfix is started, and ends before the request goes on
)

// Change is one thing that another administrator does to the device.
type Change struct {
	Op      string `json:"op"`
	Context int    `json:"context,omitempty"`
	// Root is the name of one of the seven, or of a CA that is made of the name.
	Root   string `json:"root,omitempty"`
	Table  string `json:"table,omitempty"`
	Row    int    `json:"row,omitempty"`
	Column string `json:"column,omitempty"`
	// Parameter is set to Value, raw as the INI shows it.
	Parameter string `json:"parameter,omitempty"`
	Value     string `json:"value,omitempty"`
}

// The changes.
const (
	AddRoot      = "add_root"
	RemoveRoot   = "remove_root"
	SetCell      = "set_cell"
	DeleteRow    = "delete_row"
	AddContext   = "add_context" // a TLS Context of the name Value in Row
	SetParameter = "set_parameter"
	Save         = "save"
	LoadStart    = "load_start" // restores the configuration that the device started with
)

// Duration is written as "40s".
type Duration time.Duration

// MarshalText writes a Duration.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads a Duration.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = Duration(parsed)
	return err
}

// parseWorld reads a World. Keys that it does not know are a mistake.
func parseWorld(text []byte) (World, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var w World
	err := decoder.Decode(&w)
	return w, err
}

// String is the World as it is saved.
func (w World) String() string {
	text, err := json.MarshalIndent(w, "", "  ")
	if err != nil {
		return fmt.Sprintf("%#v", w)
	}
	return string(text)
}

package run

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/internal/usage"
)

// Settings say how to carry out a run. They come from flags, from keys in the jobs file, or from the record of a
// run that is resumed or worked on elsewhere. They never hold trust or credentials: those come from the command
// line, the environment and the inventory, also on a resume.
type Settings struct {
	// The first settings decide what is planned, and win over the inventory.
	ProxySet, SIPInterface, TLSContext      Setting[string]
	AllRoots, IncludeNonMTLS, SaveUnsaved   Setting[bool]
	AllowSharedContext, AllowDefaultContext Setting[bool]
	NoCertCheck                             Setting[bool]

	Parallel                    Setting[int] // devices at a time
	Batch                       Setting[string]
	Soak, Pause                 Setting[time.Duration]
	MaxFailures, MaxUnreachable Setting[string] // a number or a percentage
	Window                      Setting[string]

	LockTimeout Setting[time.Duration] // how long to wait for another run on the same device
	MaxAge      Setting[time.Duration] // of a saved plan
	Proxy       Setting[string]

	Policy      Setting[string] // name or file; "" leaves it to the inventory, and then to the default
	TrustPolicy Setting[string] // SHA-256 of a policy file whose roots are accepted without a question
}

// DefaultParallel is how many devices a run works on at a time.
const DefaultParallel = 32

// DefaultSettings are those of a run that is given none.
func DefaultSettings() Settings {
	return Settings{
		Parallel:    Setting[int]{Value: DefaultParallel},
		LockTimeout: Setting[time.Duration]{Value: 2 * time.Minute},
		MaxAge:      Setting[time.Duration]{Value: store.DefaultMaxAge},
	}
}

// Field is one setting, whatever its type. It reads and writes the text of its flag.
type Field interface {
	Set(text string) error
	String() string
	Type() string
	given() bool
}

// Fields returns each setting by the name of its flag, which is also its name in the record of a run.
func (s *Settings) Fields() map[string]Field {
	fields := s.choices()
	for name, field := range map[string]Field{
		"parallel": &s.Parallel, "batch": &s.Batch, "soak": &s.Soak, "pause": &s.Pause,
		"max-failures": &s.MaxFailures, "max-unreachable": &s.MaxUnreachable, "window": &s.Window,
		"lock-timeout": &s.LockTimeout, "max-age": &s.MaxAge, "proxy": &s.Proxy,
		"policy": &s.Policy, "trust-policy": &s.TrustPolicy,
	} {
		fields[name] = field
	}
	return fields
}

// choices returns the settings that a plan already contains.
func (s *Settings) choices() map[string]Field {
	return map[string]Field{
		"proxy-set": &s.ProxySet, "sip-interface": &s.SIPInterface, "tls-context": &s.TLSContext,
		"all-roots": &s.AllRoots, "include-non-mtls": &s.IncludeNonMTLS, "save-unsaved": &s.SaveUnsaved,
		"allow-shared-context": &s.AllowSharedContext, "allow-default-context": &s.AllowDefaultContext,
		"no-cert-check": &s.NoCertCheck,
	}
}

// CheckNoChoice refuses a setting that was decided when the plan was made.
func (s Settings) CheckNoChoice() error {
	decided := ""
	for name, field := range s.choices() {
		if field.given() {
			decided = max(decided, name)
		}
	}
	if decided == "" {
		return nil
	}
	return usage.Errorf("--%s was decided when the plan was made", decided).Hint("plan again with it")
}

// Decide replaces the inventory's choices for a device with those given.
func (s Settings) Decide(own *access.Setup) {
	s.ProxySet.replace(&own.Choice.ProxySet)
	s.SIPInterface.replace(&own.Choice.SIPInterface)
	s.TLSContext.replace(&own.Choice.TLSContext)
	s.AllRoots.replace(&own.Choice.AllRoots)
	s.IncludeNonMTLS.replace(&own.Choice.IncludeNonMTLS)
	s.SaveUnsaved.replace(&own.Choice.SaveUnsaved)
	s.AllowSharedContext.replace(&own.Choice.AllowSharedContext)
	s.AllowDefaultContext.replace(&own.Choice.AllowDefaultContext)
	s.NoCertCheck.replace(&own.NoCertCheck)
}

// MarshalJSON writes the given settings as an object of texts, keyed by the names of their flags.
func (s Settings) MarshalJSON() ([]byte, error) {
	texts := map[string]string{}
	for name, field := range s.Fields() {
		if field.given() {
			texts[name] = field.String()
		}
	}
	return json.Marshal(texts)
}

// UnmarshalJSON reads what MarshalJSON of any version wrote. It keeps settings that were given before, and
// ignores names that it does not know.
func (s *Settings) UnmarshalJSON(text []byte) error {
	var texts map[string]string
	if err := json.Unmarshal(text, &texts); err != nil {
		return err
	}
	for name, field := range s.Fields() {
		value, kept := texts[name]
		if !kept || field.given() {
			continue
		}
		if err := field.Set(value); err != nil {
			return usage.Errorf("the run was started with --%s %s, which this acfix does not take", name, value).
				Hint("give the flag anew")
		}
	}
	return nil
}

// Setting is a value, and whether it was given: any other source wins over a default.
type Setting[T string | bool | int | time.Duration] struct {
	Value T
	Given bool
}

// Give is a setting that was given.
func Give[T string | bool | int | time.Duration](value T) Setting[T] {
	return Setting[T]{Value: value, Given: true}
}

// Set parses the text of a flag.
func (s *Setting[T]) Set(text string) (err error) {
	switch value := any(&s.Value).(type) {
	case *string:
		*value = text
	case *bool:
		*value, err = strconv.ParseBool(text)
	case *int:
		var number int64
		number, err = strconv.ParseInt(text, 0, strconv.IntSize)
		*value = int(number)
	case *time.Duration:
		*value, err = time.ParseDuration(text)
	}
	s.Given = err == nil
	return err
}

// String returns the text of the value, as the flag takes it.
func (s *Setting[T]) String() string { return fmt.Sprint(s.Value) }

// Type is string, bool, int or duration.
func (s *Setting[T]) Type() string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", s.Value), "time."))
}

func (s *Setting[T]) given() bool { return s.Given }

func (s Setting[T]) replace(value *T) {
	if s.Given {
		*value = s.Value
	}
}

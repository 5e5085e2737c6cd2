package certs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// MaxPolicyBytes limits a policy file, and each file of a root that it names.
const MaxPolicyBytes = 1 << 20

// PolicySource is what ParsePolicy needs besides the text of a policy.
type PolicySource struct {
	// Open reads a file of a root, by its path relative to the policy; nil allows no such files.
	Open func(name string) ([]byte, error)
	// Now is when a root must be valid; the zero time judges no validity.
	Now time.Time
}

// ParsePolicy reads a policy file. It refuses whatever it does not understand: a policy decides what is imported into
// production trust stores. The error is of the type strictyaml.Errors: every mistake with line and column.
func ParsePolicy(text []byte, source PolicySource) (Policy, error) {
	if len(text) > MaxPolicyBytes {
		problem := fmt.Sprintf("the policy is larger than %d bytes", MaxPolicyBytes)
		return Policy{}, strictyaml.Errors{{Line: 1, Column: 1, Message: problem}}
	}
	root, problem := strictyaml.Tree(text, "policy")
	if problem != nil {
		return Policy{}, strictyaml.Errors{*problem}
	}
	d := policyDecoder{Reader: strictyaml.Reader{Instead: "; write the value where it belongs"}, source: source}
	d.policy.SHA256 = Fingerprint(text)
	d.file(root)
	if err := d.Err(); err != nil {
		return Policy{}, err
	}
	return d.policy, nil
}

// policyDecoder walks the tree of a policy file.
type policyDecoder struct {
	strictyaml.Reader
	source PolicySource
	policy Policy
}

// policyKeys are the keys of a policy file. Roots come before what names them, wherever they stand in the file.
var policyKeys = []struct {
	name     string
	required bool
	read     func(d *policyDecoder, value *yaml.Node)
}{
	{"id", true, (*policyDecoder).id},
	{"date", true, func(d *policyDecoder, value *yaml.Node) { d.policy.Date = d.day(value) }},
	{"source", true, func(d *policyDecoder, value *yaml.Node) { d.policy.Source, _ = d.Text(value) }},
	{"deadline", false, func(d *policyDecoder, value *yaml.Node) { d.policy.Deadline = d.day(value) }},
	{"service", true, (*policyDecoder).service},
	{"mutual_tls_decides", true, func(d *policyDecoder, value *yaml.Node) { d.policy.MutualTLSDecides = d.isTrue(value) }},
	{"use_default_ca_bundle", true, func(d *policyDecoder, value *yaml.Node) { d.policy.UsesBundle = d.isTrue(value) }},
	{"hosts", true, (*policyDecoder).hosts},
	{"roots", true, (*policyDecoder).roots},
	{"firmware", false, (*policyDecoder).firmware},
	{"observations", false, (*policyDecoder).observations},
}

func (d *policyDecoder) file(root *yaml.Node) {
	values := map[string]*yaml.Node{}
	for key, value := range d.Entries(root, "a policy is keys and values") {
		values[key.Value] = value
		d.known(key, policyNames())
	}
	for _, key := range policyKeys {
		value, given := values[key.name]
		switch {
		case given:
			key.read(d, value)
		case key.required && root.Kind == yaml.MappingNode:
			d.Wrong(root, "the policy has no %s", key.name)
		}
	}
	for _, name := range []string{"firmware", "observations"} {
		if value, given := values[name]; given && !d.policy.UsesBundle {
			d.Wrong(value, "%s is about the default CA bundle, which this policy does not use", name)
		}
	}
}

func policyNames() (names []string) {
	for _, key := range policyKeys {
		names = append(names, key.name)
	}
	return names
}

// known reports a key that is none of the names.
func (d *policyDecoder) known(key *yaml.Node, names []string) {
	if !slices.Contains(names, key.Value) {
		d.Wrong(key, "unknown key %q; the keys here are %s", key.Value, strings.Join(names, ", "))
	}
}

var (
	policyID    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	serviceName = regexp.MustCompile(`^[\p{L}\p{N}]+([ .&'-]{1,3}[\p{L}\p{N}]+)*$`)
)

const longestName = 64 // bytes

func (d *policyDecoder) id(value *yaml.Node) {
	text, ok := d.Text(value)
	switch {
	case !ok:
	case !policyID.MatchString(text) || len(text) > longestName:
		d.Wrong(value, "an id has small letters, digits and single hyphens, and at most %d of them", longestName)
	case BuiltInText(text) != nil && Fingerprint(BuiltInText(text)) != d.policy.SHA256:
		d.Wrong(value, "%q is the id of a built-in policy, and this is another; give it an id of its own", text)
	default:
		d.policy.ID = text
	}
}

func (d *policyDecoder) service(value *yaml.Node) {
	text, ok := d.Text(value)
	if ok && (!serviceName.MatchString(text) || len(text) > longestName) {
		d.Wrong(value, "a service has a short name of words, such as Teams")
		return
	}
	d.policy.Service = text
}

// day reads a date; "" if there is none.
func (d *policyDecoder) day(value *yaml.Node) string {
	text, ok := d.Text(value)
	if !ok {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		d.Wrong(value, "a date is wanted here, such as 2026-02-28")
		return ""
	}
	return text
}

func (d *policyDecoder) isTrue(value *yaml.Node) bool {
	if !d.Plain(value) {
		return false
	}
	if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!bool" {
		d.Wrong(value, "true or false is wanted here")
		return false
	}
	return strings.EqualFold(value.Value, "true")
}

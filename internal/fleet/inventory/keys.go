package inventory

import (
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// kind is how a key is written in CSV.
type kind int

const (
	word    kind = iota
	flag         // true or false
	list         // separated by blanks
	version      // with a dot, which spreadsheets drop or make a comma
	records      // not in CSV
)

// key is one key of a device.
type key struct {
	kind kind
	set  func(d *decoder, device *Device, value *yaml.Node)
}

// keys are the keys of a device, and of the defaults.
var keys = map[string]key{
	"name":     {word, named},
	"url":      {word, (*decoder).address},
	"file":     {word, text(func(device *Device) *string { return &device.File })},
	"username": {word, text(func(device *Device) *string { return &device.Username })},

	"password_env":     {word, variableOf("password_env", func(device *Device) *string { return &device.Password.Env })},
	"password_file":    {word, text(func(device *Device) *string { return &device.Password.File })},
	"password_command": {list, command},

	"ca_file": {word, text(func(device *Device) *string { return &device.CAFile })},
	"pin":     {list, pins},
	"tls_min": {version, tlsMin},
	"tags":    {list, tags},

	"legacy_ciphers": {flag, trueOrFalse(func(device *Device) *bool { return &device.LegacyCiphers })},
	"client_cert":    {word, text(func(device *Device) *string { return &device.ClientCert })},
	"client_key":     {word, text(func(device *Device) *string { return &device.ClientKey })},
	"proxy":          {word, proxy},
	"proxy_username": {word, text(func(device *Device) *string { return &device.ProxyLogin.Username })},
	"proxy_password_env": {word, variableOf("proxy_password_env", func(device *Device) *string {
		return &device.ProxyLogin.PasswordEnv
	})},

	"proxy_set":             {word, text(func(device *Device) *string { return &device.Choice.ProxySet })},
	"sip_interface":         {word, text(func(device *Device) *string { return &device.Choice.SIPInterface })},
	"tls_context":           {word, text(func(device *Device) *string { return &device.Choice.TLSContext })},
	"all_roots":             {flag, trueOrFalse(func(device *Device) *bool { return &device.Choice.AllRoots })},
	"include_non_mtls":      {flag, trueOrFalse(func(device *Device) *bool { return &device.Choice.IncludeNonMTLS })},
	"save_unsaved":          {flag, trueOrFalse(func(device *Device) *bool { return &device.Choice.SaveUnsaved })},
	"allow_shared_context":  {flag, trueOrFalse(func(device *Device) *bool { return &device.Choice.AllowSharedContext })},
	"allow_default_context": {flag, trueOrFalse(func(device *Device) *bool { return &device.Choice.AllowDefaultContext })},
	"no_cert_check":         {flag, trueOrFalse(func(device *Device) *bool { return &device.NoCertCheck })},

	"waivers": {records, waivers},
}

type setter = func(d *decoder, device *Device, value *yaml.Node)

func text(place func(*Device) *string) setter {
	return func(d *decoder, device *Device, value *yaml.Node) {
		if text, ok := d.Text(value); ok {
			*place(device) = text
		}
	}
}

func trueOrFalse(place func(*Device) *bool) setter {
	return func(d *decoder, device *Device, value *yaml.Node) {
		if !d.Plain(value) {
			return
		}
		if value.Kind != yaml.ScalarNode || value.ShortTag() != "!!bool" {
			d.Wrong(value, "true or false is wanted here")
			return
		}
		*place(device) = strings.EqualFold(value.Value, "true")
	}
}

// plainName is for names and tags: nothing that --limit or a target could read otherwise.
func plainName(name string) bool {
	for i, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && (i == 0 || !strings.ContainsRune(".:@+-", r)) {
			return false
		}
	}
	return name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= longestName
}

const longestName = 100 // letters

func named(d *decoder, device *Device, value *yaml.Node) {
	name, ok := d.Text(value)
	switch {
	case !ok:
	case !plainName(name) || strings.HasPrefix(name, tagPrefix):
		d.Wrong(value, "a name has letters, digits and . _ - : @ +, and begins with a letter or digit")
	default:
		device.Name = name
	}
}

func (d *decoder) address(device *Device, value *yaml.Node) {
	written, ok := d.Text(value)
	if !ok {
		return
	}
	canonical, err := d.rules.Address(written)
	if err != nil {
		d.Wrong(value, "%s", err)
		return
	}
	device.URL = canonical
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variableOf is for the keys that name an environment variable which holds a password.
func variableOf(key string, place func(*Device) *string) setter {
	return func(d *decoder, device *Device, value *yaml.Node) {
		name, ok := d.Text(value)
		switch {
		case !ok:
		case !variable.MatchString(name): // perhaps a password: it is not repeated
			d.Wrong(value, "%s is the name of an environment variable, not a password", key)
		default:
			*place(device) = name
		}
	}
}

func command(d *decoder, device *Device, value *yaml.Node) {
	var arguments []string
	for i, item := range d.Texts(value, false) {
		if i > 0 && item.Kind == yaml.ScalarNode && item.ShortTag() == "!!str" && item.Value == "" {
			arguments = append(arguments, "") // an empty argument is one
			continue
		}
		if argument, ok := d.Text(item); ok {
			arguments = append(arguments, argument)
		}
	}
	device.Password.Command = arguments
}

const fingerprintBytes = 32 // SHA-256

func pins(d *decoder, device *Device, value *yaml.Node) {
	device.Pins = nil
	for _, item := range d.Texts(value, true) {
		written, ok := d.Text(item)
		if !ok {
			continue
		}
		plain := strings.ToLower(strings.ReplaceAll(written, ":", ""))
		if raw, err := hex.DecodeString(plain); err != nil || len(raw) != fingerprintBytes {
			d.Wrong(item, "%q is no SHA-256 fingerprint (64 hex digits, colons optional)", written)
			continue
		}
		device.Pins = append(device.Pins, plain)
	}
}

func tlsMin(d *decoder, device *Device, value *yaml.Node) {
	version, ok := d.Text(value)
	switch {
	case !ok:
	case !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3"}, version):
		d.Wrong(value, "there is no TLS version %q; give 1.0, 1.1, 1.2 or 1.3", version)
	default:
		device.TLSMin = version
	}
}

func tags(d *decoder, device *Device, value *yaml.Node) {
	device.Tags = nil
	for _, item := range d.Texts(value, false) {
		tag, ok := d.Text(item)
		switch {
		case !ok:
		case !plainName(tag):
			d.Wrong(item, "a tag has letters, digits and . _ - : @ +, and begins with a letter or digit")
		case slices.Contains(device.Tags, tag):
			d.Wrong(item, "the tag %q is given twice", tag)
		default:
			device.Tags = append(device.Tags, tag)
		}
	}
}

func waivers(d *decoder, device *Device, value *yaml.Node) {
	device.Waivers = nil
	for _, item := range d.Texts(value, false) {
		waiver := d.waiver(item)
		isSame := func(w Waiver) bool { return w.Finding == waiver.Finding && w.Finding != "" }
		if slices.ContainsFunc(device.Waivers, isSame) {
			d.Wrong(item, "the finding %q is waived twice", waiver.Finding)
		}
		device.Waivers = append(device.Waivers, waiver)
	}
}

func (d *decoder) waiver(node *yaml.Node) Waiver {
	var waiver Waiver
	places := map[string]*string{"finding": &waiver.Finding, "reason": &waiver.Reason, "owner": &waiver.Owner}
	for key, value := range d.Entries(node, "a waiver has the keys finding, reason, owner and until") {
		place, known := places[key.Value]
		if !known && key.Value != "until" {
			d.Wrong(key, "unknown key %q", key.Value)
			continue
		}
		written, ok := d.Text(value)
		switch {
		case !ok:
		case key.Value == "until":
			until, err := time.Parse(time.DateOnly, written)
			if err != nil {
				d.Wrong(value, "%q is no date such as 2027-01-31", written)
			}
			waiver.Until = until
		case key.Value == "finding" && !d.rules.Finding(written):
			d.Wrong(value, "there is no finding %q", written)
		default:
			*place = written
		}
	}
	for _, name := range []string{"finding", "reason", "owner", "until"} {
		if node.Kind == yaml.MappingNode && !strictyaml.Has(node, name) {
			d.Wrong(node, "the waiver has no %s", name)
		}
	}
	return waiver
}

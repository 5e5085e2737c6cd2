package jobs

import (
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/server/notify"
	"github.com/acfix/acfix/internal/strictyaml"
	"go.yaml.in/yaml/v3"
)

// receiverKeys are the keys of an entry below notify, whatever its kind.
var receiverKeys = map[string]setter[Receiver]{
	"name":     named(func(r *Receiver) *string { return &r.Name }),
	"kind":     oneOf(func(r *Receiver) *notify.Form { return &r.Form }, notify.Kinds()...),
	"on":       occasions,
	"base_url": checked(notify.CheckBase, func(r *Receiver, text string) { r.BaseURL = text }),
}

// webhookKeys are those of webhooks alone.
var webhookKeys = map[string]setter[Receiver]{
	"url_env":  variableName("url_env", "an address", func(r *Receiver) *string { return &r.URLEnv }),
	"url_file": urlFile,
}

// mailKeys are those of e-mail alone.
var mailKeys = map[string]setter[Receiver]{
	"server":        checked(checkServer, func(r *Receiver, text string) { r.Mail.Server = text }),
	"encryption":    oneOf(func(r *Receiver) *notify.Encryption { return &r.Mail.Encryption }, notify.Encryptions()...),
	"ca_file":       text(func(r *Receiver) *string { return &r.Mail.CAFile }),
	"username":      text(func(r *Receiver) *string { return &r.Mail.Username }),
	"password_env":  variableName("password_env", "a password", func(r *Receiver) *string { return &r.Mail.PasswordEnv }),
	"password_file": text(func(r *Receiver) *string { return &r.Mail.PasswordFile }),
	"from":          checked(notify.CheckAddress, func(r *Receiver, text string) { r.Mail.From = text }),
	"to":            recipients,
	"subject":       checked(notify.CheckSubject, func(r *Receiver, text string) { r.Mail.Subject = text }),
}

// secretKeys say what to write instead of a secret.
var secretKeys = map[string]string{
	"url":      "the address is a secret: give url_env or url_file instead",
	"password": "the password is a secret: give password_env or password_file instead",
}

func checkServer(text string) error {
	_, _, err := notify.ParseServer(text)
	return err
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func variableName(key, secret string, place func(*Receiver) *string) setter[Receiver] {
	return func(d *decoder, of *Receiver, value *yaml.Node) {
		name, ok := d.Text(value)
		switch {
		case !ok:
		case !variable.MatchString(name): // perhaps the secret itself: it is not repeated
			d.Wrong(value, "%s is the name of an environment variable, not %s", key, secret)
		default:
			*place(of) = name
		}
	}
}

func urlFile(d *decoder, of *Receiver, value *yaml.Node) {
	name, ok := d.Text(value)
	switch {
	case !ok:
	case strings.Contains(name, "://"): // not repeated either
		d.Wrong(value, "url_file is the name of a file, not an address")
	default:
		of.URLFile = name
	}
}

func occasions(d *decoder, of *Receiver, value *yaml.Node) {
	for _, item := range d.Texts(value, false) {
		if occasion, ok := word(d, item, notify.Occasions()); ok {
			of.On = append(of.On, occasion)
		}
	}
}

func recipients(d *decoder, of *Receiver, value *yaml.Node) {
	for _, item := range d.Texts(value, true) {
		address, ok := d.Text(item)
		if !ok {
			continue
		}
		err := notify.CheckAddress(address)
		switch {
		case err != nil:
			d.Wrong(item, "%s", err)
		case slices.Contains(of.Mail.To, address):
			d.Wrong(item, "%q is given twice", address)
		default:
			of.Mail.To = append(of.Mail.To, address)
		}
	}
}

func (d *decoder) notify(node *yaml.Node) Receiver {
	var one Receiver
	for key, value := range d.Entries(node, "a notify entry is keys and values") {
		set, known := keyOf(key.Value)
		if known {
			set(d, &one, value)
			continue
		}
		instead := ""
		for secret, what := range secretKeys {
			if strings.HasPrefix(key.Value, secret) {
				instead = "; " + what
			}
		}
		d.Wrong(key, "unknown key %q%s", key.Value, instead)
	}
	if node.Kind != yaml.MappingNode {
		return one
	}
	d.needs(node, "notify entry", "name")
	d.needs(node, "notify entry", "kind")
	if !strictyaml.Has(node, "on") {
		one.On = notify.Usual()
	}
	if one.Form == notify.EMail {
		d.mail(node, &one.Mail)
	} else {
		d.webhook(node, one.Form)
	}
	return one
}

func keyOf(key string) (set setter[Receiver], known bool) {
	for _, keys := range []map[string]setter[Receiver]{receiverKeys, webhookKeys, mailKeys} {
		if set, known = keys[key]; known {
			return set, true
		}
	}
	return nil, false
}

func (d *decoder) webhook(node *yaml.Node, form notify.Form) {
	if strictyaml.Has(node, "url_env") == strictyaml.Has(node, "url_file") {
		d.Wrong(node, "give one of url_env and url_file")
	}
	if form != "" {
		d.strays(node, mailKeys, "belongs to kind: email")
	}
}

// strays refuses keys of another kind.
func (d *decoder) strays(node *yaml.Node, keys map[string]setter[Receiver], why string) {
	for key := range strictyaml.Pairs(node) {
		if _, stray := keys[key.Value]; stray {
			d.Wrong(key, "%s %s", key.Value, why)
		}
	}
}

// mail checks what an e-mail needs as a whole. A password never travels in plain text, except on this machine.
func (d *decoder) mail(node *yaml.Node, m *Mail) {
	d.strays(node, webhookKeys, "belongs to webhooks")
	for _, key := range []string{"server", "from", "to"} {
		d.needs(node, "notify entry", key)
	}
	if m.Encryption == "" {
		m.Encryption = notify.StartTLS
	}
	password := strictyaml.Has(node, "password_env") || strictyaml.Has(node, "password_file")
	host, _, err := notify.ParseServer(m.Server)
	local := err == nil && notify.Mail{Host: host}.Local()
	switch {
	case strictyaml.Has(node, "password_env") && strictyaml.Has(node, "password_file"):
		d.Wrong(at(node, "password_file"), "give one of password_env and password_file")
	case strictyaml.Has(node, "username") && !password:
		d.Wrong(at(node, "username"), "a username needs password_env or password_file")
	case password && !strictyaml.Has(node, "username"):
		d.Wrong(node, "the notify entry has a password and no username")
	case m.Encryption == notify.Unencrypted && password && !local:
		d.Wrong(at(node, "encryption"), "a login needs encryption: the password would travel in plain text")
	case m.Encryption == notify.Unencrypted && m.CAFile != "":
		d.Wrong(at(node, "ca_file"), "ca_file has no use without encryption")
	}
}

package world

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// noSecret looks through every byte that acfix wrote, and at who may read them.
func (c *Chronicle) noSecret() []Breach {
	var breaches []Breach
	secrets := c.secrets()
	for name, file := range c.Files {
		if want := map[bool]uint32{true: 0o700, false: 0o600}[file.Mode.IsDir()]; name != "." &&
			uint32(file.Mode.Perm()) != want {
			breaches = append(breaches, Breach{Text: fmt.Sprintf("%s has mode %o", name, file.Mode.Perm())})
		}
		if strings.HasPrefix(name, "acfix/backups/") {
			continue
		}
		for _, secret := range secrets {
			if named(string(file.Data), secret) {
				breaches = append(breaches, Breach{Text: fmt.Sprintf("%s holds the secret %q", name, secret)})
			}
		}
	}
	for _, act := range c.Acts {
		text, _ := json.Marshal(act.Result)
		said := string(text)
		if act.Err != nil {
			said += act.Err.Error()
		}
		for _, secret := range secrets {
			if named(said, secret) {
				breaches = append(breaches, Breach{Act: act.index, Text: fmt.Sprintf("the result holds the secret %q: %s", secret,
					said)})
			}
		}
	}
	return breaches
}

// secretWords are in the names of columns and parameters that hold secrets.
var secretWords = []string{"password", "passw", "key", "secret", "community", "url", "token"}

// secrets are the password, and all values of the device that must stay secret.
func (c *Chronicle) secrets() []string {
	found := []string{password, authorization()}
	add := func(name, value string) {
		value = strings.Trim(value, "'")
		name = strings.ToLower(name)
		isNamedSo := slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
		if isNamedSo && len(value) >= 8 && !slices.Contains(found, value) {
			found = append(found, value)
		}
	}
	for at, event := range c.History {
		if at == 0 {
			for item, value := range event.RAM {
				add(item.Column+item.Parameter, value)
			}
		}
		for _, change := range event.Changes {
			add(change.Item.Column+change.Item.Parameter, change.After)
		}
	}
	return found
}

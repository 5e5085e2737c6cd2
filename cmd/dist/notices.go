package main

import (
	"fmt"
	"strings"
)

const noticesHead = `Third-party notices

acfix and mockdevice contain the modules below, each under its own terms. The terms follow in the
words of their authors; a text that several modules share stands once.

This file is generated: "make docs" writes it anew.
`

// thirdPartyNotices is the text of THIRD_PARTY_NOTICES.
func thirdPartyNotices(modules []builtModule) (string, error) {
	var list, terms strings.Builder
	holders := map[string][]string{} // by text
	var texts []string               // in the order of the modules
	for _, m := range modules {
		name := m.Path + " " + m.Version
		if m.Path == standardLibrary {
			name = "the Go standard library"
		}
		ids, err := m.licences()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&list, "  %s (%s)\n", name, strings.Join(ids, ", "))
		notices, err := m.notices()
		if err != nil {
			return "", err
		}
		for _, n := range notices {
			if holders[n.text] == nil {
				texts = append(texts, n.text)
			}
			holders[n.text] = append(holders[n.text], name+", "+n.name)
		}
	}
	for _, text := range texts {
		fmt.Fprintf(&terms, "\n%s\n%s\n\n%s\n", strings.Repeat("=", 80), strings.Join(holders[text], "\n"), text)
	}
	return noticesHead + "\n" + list.String() + terms.String(), nil
}

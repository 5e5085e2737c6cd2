package audiocodes

import (
	"net/http"
	"slices"
	"strings"

	"github.com/icholy/digest"
)

// challenges lists a 401's challenges in order; one WWW-Authenticate header may hold several (RFC 9110, 11.6.1).
type challenges []challenge

// challenge is a scheme, in lower case, and the challenge's whole text.
type challenge struct{ scheme, text string }

func challengesOf(header http.Header) challenges {
	var all challenges
	for _, value := range header.Values("WWW-Authenticate") {
		all = append(all, challengesIn(value)...)
	}
	return all
}

// challengesIn parses a list. A part after a comma belongs to the preceding challenge if it is a
// parameter ("nonce=…"), and begins a new one if it has a scheme ("Digest realm=…", "NTLM").
func challengesIn(list string) challenges {
	var all challenges
	for _, part := range splitUnquoted(list) {
		part = strings.TrimSpace(part)
		scheme, isNew := schemeOf(part)
		switch {
		case part == "":
		case isNew:
			all = append(all, challenge{scheme: scheme, text: part})
		case len(all) > 0:
			all[len(all)-1].text += ", " + part
		}
	}
	return all
}

// schemeOf returns the scheme at the beginning of a part of the list; a parameter has none.
func schemeOf(part string) (scheme string, found bool) {
	end := strings.IndexFunc(part, func(r rune) bool { return !isToken(r) })
	if end < 0 {
		return strings.ToLower(part), part != ""
	}
	rest := strings.TrimLeft(part[end:], " \t")
	if end == 0 || strings.HasPrefix(rest, "=") || rest == part[end:] {
		return "", false
	}
	return strings.ToLower(part[:end]), true
}

// isToken follows RFC 9110, section 5.6.2.
func isToken(r rune) bool {
	isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return isLetter || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// splitUnquoted splits at the commas outside quoted strings.
func splitUnquoted(list string) []string {
	var parts []string
	begin := 0
	quoted, escaped := false, false
	for i, r := range list {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			parts = append(parts, list[begin:i])
			begin = i + 1
		}
	}
	return append(parts, list[begin:])
}

func (c challenges) offer(scheme string) bool {
	return slices.ContainsFunc(c, func(one challenge) bool { return one.scheme == scheme })
}

// digest returns the first Digest challenge that acfix can answer, or nil.
func (c challenges) digest() *digest.Challenge {
	for _, one := range c {
		if one.scheme != "digest" {
			continue
		}
		_, parameters, _ := strings.Cut(one.text, " ")
		parsed, err := digest.ParseChallenge("Digest " + strings.TrimSpace(parameters))
		if err == nil && digest.CanDigest(parsed) {
			return parsed
		}
	}
	return nil
}

// foreignSchemes belong to single sign-on and proxies: no Mediant is documented to ask for one, and
// a server that asks only for these has not checked a password.
var foreignSchemes = map[string]bool{
	"bearer": true, "dpop": true, "gnap": true, "kerberos": true,
	"negotiate": true, "ntlm": true, "oauth": true, "privatetoken": true,
}

// areForeign reports whether there are challenges, and only foreign ones.
// docs/design/device.md: The answer shows who refused
func (c challenges) areForeign() bool {
	return len(c) > 0 && !slices.ContainsFunc(c, func(one challenge) bool { return !foreignSchemes[one.scheme] })
}

// schemes names the schemes as written, without duplicates, as far as they look like names.
func (c challenges) schemes() []string {
	var names []string
	for _, one := range c {
		if name := one.text[:len(one.scheme)]; len(name) <= longestScheme && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names[:min(len(names), mostSchemes)]
}

// Limits on how much of a foreign header is shown.
const (
	longestScheme = 30
	mostSchemes   = 5
)

package world

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/acfix/acfix/mockdevice"
)

// resultText is what acfix says of what went wrong.
func resultText(p *played) string {
	if p.Result == nil || p.Result.Error == nil {
		return ""
	}
	text := p.Result.Error.Message + " " + p.Result.Error.Hint
	for _, left := range p.Result.LeftOnDevice {
		text += " " + left.Root
	}
	return text
}

// namesSome: messages name some of many things and count the rest.
var namesSome = regexp.MustCompile(`and \d+ more`)

// isNamed: a text names the item, as exactly as messages do: a root by its name or fingerprint, a
// row or cell by its table, a parameter by its name.
func (c *Chronicle) isNamed(text string, item mockdevice.Item) bool {
	if namesSome.MatchString(text) {
		return true
	}
	switch item.Kind {
	case mockdevice.ItemRoot:
		return named(text, item.SHA256) || named(text, c.commonName(item.SHA256)) ||
			named(text, fmt.Sprintf("trusted roots of TLS Context %d", item.Context))
	case mockdevice.ItemParameter:
		return named(text, item.Parameter) || named(text, "a parameter")
	default:
		bundle := item.Column == bundleSwitch && (named(text, fmt.Sprintf("the bundle switch of TLS Context %d", item.Row)) ||
			named(text, fmt.Sprintf("TLS Context %d", item.Row), "\"Use default CA Bundle\""))
		return bundle || named(text, item.Table)
	}
}

// name is an item as the judge's own messages have it.
func (c *Chronicle) name(item mockdevice.Item) string {
	if item.Kind != mockdevice.ItemRoot {
		return item.String()
	}
	return fmt.Sprintf("root %q of TLS Context %d", c.commonName(item.SHA256), item.Context)
}

// commonName is that of a root of this world; its fingerprint where none is known.
func (c *Chronicle) commonName(fingerprint string) string {
	for _, root := range sevenRoots {
		if root.sha256 == fingerprint {
			return root.name
		}
	}
	for _, answer := range c.Answers {
		if !strings.HasSuffix(answer.Path, "/trustedRoot") {
			continue
		}
		for block, rest := pem.Decode(answer.Body); block != nil; block, rest = pem.Decode(rest) {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err == nil && sha256Of(block.Bytes) == fingerprint {
				return certificate.Subject.CommonName
			}
		}
	}
	return fingerprint
}

// named: a text of the result says what was lost or saved.
func named(text string, words ...string) bool {
	text = strings.ToLower(text)
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, strings.ToLower(word)) })
}

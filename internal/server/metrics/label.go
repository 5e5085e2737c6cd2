package metrics

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest limits a label's value, in bytes.
const longest = 128

// label makes a label's value of foreign text: valid UTF-8 without control characters, and not
// too long. A changed text ends in a digest of the original, so that two texts stay different.
func label(text string) string {
	clean := strings.Map(harmless, strings.ToValidUTF8(text, "\uFFFD"))
	if clean == text && len(text) <= longest {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	digest := "~" + hex.EncodeToString(sum[:8])
	return upTo(clean, longest-len(digest)) + digest
}

func harmless(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
		return '\uFFFD'
	}
	return r
}

// upTo cuts a text between two characters.
func upTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

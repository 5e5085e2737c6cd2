package metrics

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longest is how many bytes a label's value may have.
const longest = 128

// label makes a label's value of foreign text: valid UTF-8 without anything that moves a
// cursor, and not too long. What had to be changed ends in a digest of the whole, so that two
// texts never become one.
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

// upTo cuts between two characters.
func upTo(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

package metrics

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/acfix/acfix/internal/foreign"
)

// longest is how many bytes a label's value may have.
const longest = 128

// label makes a label's value of foreign text: clean, and not too long. What had to be changed ends in a digest of
// the whole, so that two texts never become one.
func label(text string) string {
	clean := foreign.Clean(text)
	if clean == text && len(text) <= longest {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	digest := "~" + hex.EncodeToString(sum[:8])
	return foreign.Cut(clean, longest-len(digest)) + digest
}

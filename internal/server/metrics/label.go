package metrics

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/acfix/acfix/internal/foreign"
)

// longest limits a label's value, in bytes.
const longest = 128

// label makes a clean, short label value of foreign text. A digest of the original keeps changed texts distinct.
func label(text string) string {
	clean := foreign.Clean(text)
	if clean == text && len(text) <= longest {
		return text
	}
	sum := sha256.Sum256([]byte(text))
	digest := "~" + hex.EncodeToString(sum[:8])
	return foreign.Cut(clean, longest-len(digest)) + digest
}

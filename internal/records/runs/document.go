// Package runs gives types to the documents of a run that are opaque to the store.
package runs

import (
	"encoding/json"
	"fmt"

	"github.com/acfix/acfix/remediate"
)

// Header is what the store keeps of a run in addition to its devices.
type Header struct {
	Plan  remediate.Plan `json:"plan"` // without devices
	Saved bool           `json:"saved"`
}

// Decode reads a document that is opaque to the store: a header, a plan, a result or an entry.
func Decode(text json.RawMessage, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	return nil
}

package world

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"

	"github.com/acfix/acfix/mockdevice"
)

// model is the device of a World before it starts.
func (w World) model() (mockdevice.Model, error) {
	model, err := mockdevice.Preset(w.Preset)
	if err != nil {
		return model, err
	}
	model.Username, model.Password = username, password
	if w.Firmware != "" {
		model.Firmware = w.Firmware
	}
	for _, name := range w.Variants {
		variant, known := mockdevice.FindVariant(name)
		if !known {
			return model, fmt.Errorf("there is no variant %q", name)
		}
		variant.Set(&model.Dialect)
	}
	model.Dialect.Seed = w.Seed
	return model, nil
}

// check finds mistakes in a World that would show only in the middle of it.
func (w World) check() error {
	for _, event := range w.Events {
		needs := map[string]bool{Edit: event.Change != nil, Damage: event.Change != nil, Meanwhile: event.Play != nil}
		if has, matters := needs[event.Do]; matters && !has {
			return fmt.Errorf("the event %q does not say what", event.Do)
		}
		if event.Do != Fault {
			continue
		}
		if _, err := mockdevice.ParseFault("* * " + event.Fault); err != nil {
			return err
		}
	}
	return nil
}

// sha256Of is the fingerprint of a root, DER or PEM, in lower-case hex.
func sha256Of(root []byte) string {
	if block, _ := pem.Decode(root); block != nil {
		root = block.Bytes
	}
	sum := sha256.Sum256(root)
	return hex.EncodeToString(sum[:])
}

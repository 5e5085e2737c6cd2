package run

import (
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/remediate"
)

// ReplaceListed replaces each device of an earlier plan or run with the inventory's device of the same name and
// address. The others are gone: the run skips them, and neither dials their old addresses nor sends a password there.
// docs/design/fleet.md: A device that left the inventory is skipped
func ReplaceListed(listed *access.InventoryFile, devices []*access.Device) {
	for place, device := range devices {
		if known, ok := listed.FindSame(device); ok {
			devices[place] = known
		} else {
			device.Gone = notListed(listed.HasInstead(device))
		}
	}
}

// notListed is the failure of a device that the inventory no longer has at its address; instead may be "".
func notListed(instead string) *remediate.Failure {
	message := "not started: the inventory no longer has this device at this address"
	if instead != "" {
		message += "; " + instead
	}
	return &remediate.Failure{
		Code: CodeNotInInventory, Message: message,
		Hint: "Nothing was sent to the device. If it moved, plan it at its new address; " +
			"if the inventory is wrong, correct it.",
	}
}

func (r *Run) isGone(place int) bool { return r.Devices[place].Gone != nil }

// skipGone calls skip for each device that is gone and still to be worked on.
func (r *Run) skipGone(settled func(place int) bool, skip func(place int, why remediate.Failure) error) error {
	for place, device := range r.Devices {
		if device.Gone == nil || settled(place) {
			continue
		}
		if err := skip(place, *device.Gone); err != nil {
			return err
		}
	}
	return nil
}

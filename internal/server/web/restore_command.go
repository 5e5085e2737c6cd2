package web

import (
	"regexp"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/known"
)

// restoreView says how to undo what a run did to a device.
type restoreView struct {
	Run   string
	Taken time.Time // the backup that the run made first
	// Command is what to type in a shell; "" where a name in it can't be typed.
	Command string
	// Inventoried reports whether the command names an inventory. Without one the operator must say how to log in.
	Inventoried bool
	InStore     bool // the backup is in a store that machines share
	Serial      string
}

// inSharedStore begins the place of a backup that a store keeps (package evidence).
const inSharedStore = "store:"

// restoreOf returns how to undo the newest run that wrote to the device; nil if no run did. store is the value of the
// flag --store that the command needs, "" for none.
func restoreOf(device DeviceDetail, store string) *restoreView {
	for _, kept := range device.Backups {
		if !kept.Wrote {
			continue
		}
		return &restoreView{
			Run: kept.Run, Taken: kept.Taken, Command: restoreCommand(kept.Place, device.Known, store),
			Inventoried: device.Known.Inventory != "", InStore: strings.HasPrefix(kept.Place, inSharedStore),
			Serial: device.Known.Serial,
		}
	}
	return nil
}

func restoreCommand(place string, of known.Device, store string) string {
	words := []string{"acfix", "restore", place}
	if of.Inventory != "" {
		words = append(words, "-i", of.Inventory)
	}
	if len(of.Addresses) > 1 { // the backup may name an earlier one
		words = append(words, "--url", of.URL)
	}
	if store != "" {
		words = append(words, "--store", store)
	}
	return shellCommand(words)
}

// plain are the words that mean themselves in every shell.
var plain = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// shellCommand quotes words for a POSIX shell. It returns "" if one has characters that a page or a terminal does not
// show as they are.
func shellCommand(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		switch {
		case foreign.Clean(word) != word:
			return ""
		case plain.MatchString(word):
			quoted[i] = word
		default:
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

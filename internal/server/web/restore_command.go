package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/records/known"
)

// restoreView says how to undo what a run did to a device.
type restoreView struct {
	Run   string
	Taken time.Time // the last backup that the run made
	// Restored: the last change was a restore, which is not undone.
	Restored bool
	// Command is what to type in a shell; "" where a name in it can't be typed.
	Command string
	// Inventoried reports whether the command names an inventory. Without one the operator must say how to log in.
	Inventoried bool
	InStore     bool // the backup is in a store that machines share
	Serial      string
}

// inSharedStore begins the place of a backup that a store keeps (package evidence).
const inSharedStore = "store:"

// restoreOf returns how to undo the newest run that wrote to the device; nil if no run did, or if nothing is known of
// that run. store is the value of the flag --store that the command needs, "" for none.
func restoreOf(device DeviceDetail, store string) *restoreView {
	at := slices.IndexFunc(device.Backups, func(kept BackupEntry) bool { return kept.Wrote })
	if at < 0 {
		return nil
	}
	kept := device.Backups[at]
	view := &restoreView{Run: kept.Run, Taken: kept.Taken, Serial: device.Known.Serial}
	switch kept.Action {
	case "restore":
		view.Restored = true
		return view
	case "apply":
		view.Command = restoreCommand(kept, device.Known, store)
		view.Inventoried, view.InStore = device.Known.Inventory != "", strings.HasPrefix(kept.Place, inSharedStore)
		return view
	default:
		return nil
	}
}

// restoreCommand undoes all that a run did to a device. It names the run and no backup: a run that was resumed made
// several, and each undoes only what came after it.
func restoreCommand(kept BackupEntry, of known.Device, store string) string {
	name := cmp.Or(kept.Target, of.Name)
	if strings.Contains(name, ",") || strings.HasPrefix(name, "tag:") { // --limit takes them for more than a name
		return ""
	}
	words := []string{"acfix", "restore", "--run", kept.Run, "--limit", patternOf.Replace(name)}
	if of.Inventory != "" {
		words = append(words, "-i", of.Inventory)
	}
	if store != "" {
		words = append(words, "--store", store)
	}
	return shellCommand(words)
}

// patternOf makes the pattern that fits a name alone.
var patternOf = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// shellCommand quotes words for a POSIX shell. It returns "" if one has characters that a page or a terminal does not
// show as they are.
func shellCommand(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		if foreign.Clean(word) != word {
			return ""
		}
		quoted[i] = foreign.ShellWord(word)
	}
	return strings.Join(quoted, " ")
}

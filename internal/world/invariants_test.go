package world

import (
	"fmt"
	"slices"
	"strings"
)

// Breach is one place where acfix did not keep to an invariant.
type Breach struct {
	Invariant string
	Act       int // index in the chronicle
	Text      string
}

// String names the invariant and says what happened.
func (b Breach) String() string { return fmt.Sprintf("%s: act %d: %s", b.Invariant, b.Act, b.Text) }

// invariants are what acfix keeps to, whatever happens. Their names stand in saved worlds.
var invariants = []struct {
	name, says string
	check      func(*Chronicle) []Breach
}{
	{
		"backup-first",
		"No write before a whole backup of every TLS Context is on disk; " +
			"a file that could not be read is never \"none\" in it.",
		eachAct((*Chronicle).backupFirst),
	},
	{
		"done-is-done",
		"At applied or restored, flash holds exactly what was wanted, plus what others saved.",
		eachAct((*Chronicle).doneIsDone),
	},
	{
		"no-foreign-save",
		"Nothing that another did unsaved reaches flash through acfix without --save-unsaved, " +
			"but by a plan whose only step is the save, " +
			"and what came after the last reading before the save; that is then reported by name.",
		(*Chronicle).noForeignSave,
	},
	{
		"nothing-lost",
		"No root, row, cell or parameter that was there before the run and that nobody else touched is gone at its end, " +
			"in RAM or flash, unless the result names it.",
		eachAct((*Chronicle).nothingLost),
	},
	{
		"left-is-true",
		"What the result lists as left was there at the run's last reading, " +
			"what is there of acfix's is listed, and what may still come is marked so.",
		eachAct((*Chronicle).leftIsTrue),
	},
	{
		"one-writer",
		"One writer per device within one state directory, by whatever names it is reached.",
		eachAct((*Chronicle).oneWriter),
	},
	{
		"one-unit",
		"Every write goes to the unit whose backup was taken, the write in flight at a switch-over aside, " +
			"and nothing is saved after it.",
		eachAct((*Chronicle).oneUnit),
	},
	{
		"converges",
		"A second, undisturbed run converges, or is blocked for a reason that names the thing in the way.",
		(*Chronicle).converges,
	},
	{
		"no-secret",
		"No secret of the device and no password stands in any byte that acfix writes, " +
			"the backup's own files (0600) and the Authorization header aside.",
		(*Chronicle).noSecret,
	},
}

func eachAct(check func(*Chronicle, *played) []string) func(*Chronicle) []Breach {
	return func(c *Chronicle) []Breach {
		var breaches []Breach
		for _, act := range c.Acts {
			if act.First == 0 {
				continue
			}
			for _, text := range check(c, act) {
				breaches = append(breaches, Breach{Act: act.index, Text: text})
			}
		}
		return breaches
	}
}

// judge holds what happened to all invariants.
func judge(c *Chronicle) []Breach {
	var all []Breach
	for _, invariant := range invariants {
		for _, breach := range invariant.check(c) {
			breach.Invariant = invariant.name
			all = append(all, breach)
		}
	}
	slices.SortFunc(all, func(a, b Breach) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// broken are the names of the invariants that were, each once.
func broken(breaches []Breach) []string {
	names := []string{}
	for _, breach := range breaches {
		if !slices.Contains(names, breach.Invariant) {
			names = append(names, breach.Invariant)
		}
	}
	slices.Sort(names)
	return names
}

package mockdevice

import (
	"slices"
	"time"
)

// Quirks lists the deviations with which even a correct client cannot always complete everything,
// or only after waiting. A client must survive them; it must succeed with [Variants].
func Quirks() []Variant { return slices.Clone(quirks) }

var quirks = []Variant{
	{9, "status-no-unit", "status-fields", "/status has versionID and saveNeeded only",
		func(d *Dialect) { d.StatusFields = StatusNoUnit }},
	{68, "save-flag-blind", "save-flag", "saveNeeded is not turned on by requests",
		func(d *Dialect) { d.SaveFlag = SaveFlagBlind }},
	{68, "save-flag-cached", "save-flag", "saveNeeded is as it stood two readings ago",
		func(d *Dialect) { d.SaveFlag = SaveFlagCached }},
	{69, "save-no-effect", "save", "a save answers 200 and does nothing", func(d *Dialect) { d.SaveStatus = 200 }},
	{69, "save-302", "save", "a save answers 302 and does nothing", func(d *Dialect) { d.SaveStatus = 302 }},
	{69, "save-400", "save", "a save answers 400 and does nothing", func(d *Dialect) { d.SaveStatus = 400 }},
	{69, "save-403", "save", "a save answers 403 and does nothing", func(d *Dialect) { d.SaveStatus = 403 }},
	{69, "save-409", "save", "a save answers 409 and does nothing", func(d *Dialect) { d.SaveStatus = 409 }},
	{69, "save-500", "save", "a save answers 500 and does nothing", func(d *Dialect) { d.SaveStatus = 500 }},
	{70, "save-restart-lost", "save", "the device restarts before flash is written, and answers 200",
		func(d *Dialect) { d.SaveRestart = SaveRestartBefore }},
	{70, "save-restart-lost-500", "save", "the device restarts before flash is written, and answers 500",
		func(d *Dialect) { d.SaveRestart, d.SaveStatus = SaveRestartBefore, 500 }},
	{70, "save-restart", "save", "the device restarts after flash was written, and answers 200",
		func(d *Dialect) { d.SaveRestart = SaveRestartAfter }},
	{70, "save-restart-500", "save", "the device restarts after flash was written, and answers 500",
		func(d *Dialect) { d.SaveRestart, d.SaveStatus = SaveRestartAfter, 500 }},
	{71, "store-stale", "blur", "two readings of stores after a write show what was before it",
		func(d *Dialect) { d.Blur.StaleStores = 2 }},
	{71, "store-short", "blur", "two readings of stores after a write miss the last root",
		func(d *Dialect) { d.Blur.ShortStores = 2 }},
	{71, "ini-stale", "blur", "two readings of the INI file after a write show what was before it",
		func(d *Dialect) { d.Blur.StaleINIs = 2 }},
	{71, "ini-short", "blur", "two readings of the INI file after a write miss the last row of every table",
		func(d *Dialect) { d.Blur.ShortINIs = 2 }},
	{72, "import-400-costs-root", "refused-import",
		"the first import answers 400, and another root of the store is gone",
		func(d *Dialect) { d.RefusedImports = RefusedImports{1, 400, true} }},
	{72, "import-409-costs-root", "refused-import",
		"the first import answers 409, and another root of the store is gone",
		func(d *Dialect) { d.RefusedImports = RefusedImports{1, 409, true} }},
	{73, "import-shows-late", "", "an import is answered at once and shows after 40 s",
		func(d *Dialect) { d.ImportDelay = 40 * time.Second }},
	{83, "commented-rows", "", "every table repeats its last row in comment form, as number 99",
		func(d *Dialect) { d.CommentedRows = true }},
}

package mockdevice

// SaveFlag is what saveNeeded in /status shows.
type SaveFlag int

// The ways of showing saveNeeded.
const (
	SaveFlagTrue SaveFlag = iota
	// SaveFlagBlind is not turned on by requests, only by other administrators.
	SaveFlagBlind
	// SaveFlagCached is as it stood two readings of /status ago.
	SaveFlagCached
)

// flagLag is how many readings a SaveFlagCached is old.
const flagLag = 2

// SaveRestart is a restart in the middle of a save.
type SaveRestart int

// The restarts in the middle of a save.
const (
	SaveRestartNever SaveRestart = iota
	// SaveRestartBefore restarts before flash is written: RAM is lost.
	SaveRestartBefore
	// SaveRestartAfter restarts after flash was written, before the answer.
	SaveRestartAfter
)

// Blur says how many readings after a write that was carried out are not true.
// Readings of the stores of all TLS Contexts are counted together.
type Blur struct {
	// StaleStores and StaleINIs show what RAM held before the write.
	StaleStores, StaleINIs int
	// ShortStores miss the last root, ShortINIs the last row of every table.
	ShortStores, ShortINIs int
}

// RefusedImports are incremental uploads of a root that are refused.
type RefusedImports struct {
	// Times is how many are refused before one is taken.
	Times int
	// Status is the answer.
	Status int
	// CostsRoot takes the first root of the store away with each refusal.
	CostsRoot bool
}

// Churn names what differs in every download of the INI file without having been
// changed: a number counts up, a text has a number added. It is never saved
// and never makes a save needed; a load can't set it.
type Churn struct {
	// Parameter is the name of a parameter, "" for none.
	Parameter string
	// Table and Column name a cell in Row, or in each row if Row is -1. No cell
	// churns if Table is "".
	Table, Column string
	Row           int
}

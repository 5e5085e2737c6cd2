package mockdevice

// SaveFlag is what saveNeeded in /status shows.
type SaveFlag int

// The behaviours of saveNeeded.
const (
	SaveFlagTrue SaveFlag = iota
	// SaveFlagBlind is turned on only by other administrators, not by requests.
	SaveFlagBlind
	// SaveFlagCached shows the value of two readings of /status ago.
	SaveFlagCached
)

// flagLag is how many readings SaveFlagCached lags behind.
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

// Blur says how many store readings, of all TLS Contexts together, are wrong after a completed write.
type Blur struct {
	// StaleStores and StaleINIs show what RAM held before the write.
	StaleStores, StaleINIs int
	// ShortStores lack the last root, ShortINIs the last row of every table.
	ShortStores, ShortINIs int
}

// RefusedImports are incremental uploads of a root that are refused.
type RefusedImports struct {
	// Times is how many are refused before one is accepted.
	Times int
	// Status is the answer.
	Status int
	// CostsRoot removes the first root of the store with each refusal.
	CostsRoot bool
}

// Churn names what differs in every download of the INI file although nothing changed it: a number counts up, a text
// gets a number appended. It is never saved and never makes a save necessary; a load cannot set it.
type Churn struct {
	// Parameter is the name of a parameter, "" for none.
	Parameter string
	// Table and Column name a cell in Row, or in each row if Row is -1. No cell churns if Table is "".
	Table, Column string
	Row           int
}

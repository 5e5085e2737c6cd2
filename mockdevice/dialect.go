package mockdevice

import "time"

// Dialect has one field for every behaviour that the documents leave open. The zero value is the likeliest device.
// The numbers refer to ASSUMPTIONS.md; [Variants] and [Quirks] name each deviation.
type Dialect struct {
	// EmptyStore is the answer to reading a trust store without roots (A1).
	EmptyStore EmptyStore
	// StoreText is how a trust store is formatted (A2).
	StoreText StoreText
	// StoreShuffled lists the roots in an order of the device's own (A3).
	StoreShuffled bool
	// KnownRoot is what happens to a root that is imported again (A4).
	KnownRoot KnownRoot
	// SeveralRoots is what an incremental upload of several blocks does (A5).
	SeveralRoots SeveralRoots

	// FlagsAsStrings writes saveNeeded and resetNeeded as "true" (A8).
	FlagsAsStrings bool
	// StatusFields adds fields to /status or leaves some out (A9).
	StatusFields StatusFields
	// SerialAsNumber writes serialNumber without quotes (A10).
	SerialAsNumber bool

	// LoadDrops is what an incremental INI load loses (A12).
	LoadDrops LoadDrops
	// LoadResetsConnections closes the HTTP connections after a load (A13).
	LoadResetsConnections bool
	// LoadAnswersEmpty omits the description of a successful load (A14).
	LoadAnswersEmpty bool
	// UnknownIgnored skips unknown tables, columns and parameters of a load instead of refusing the file (A15).
	UnknownIgnored bool
	// HighBundleIgnored accepts UseDefaultCABundle = 1 above context 4 but leaves it off (A17).
	HighBundleIgnored bool

	// Prefixes of column names (A18).
	Prefixes Prefixes
	// ColumnsShuffled writes columns in an order derived from Seed (A19).
	ColumnsShuffled bool
	// RowsShuffled writes rows in an order derived from Seed (A20).
	RowsShuffled bool
	// LineFeeds ends INI lines with LF instead of CRLF (A21).
	LineFeeds bool
	// UpperCase writes table and column names in capitals (A22).
	UpperCase bool
	// SecretsRotate obscures secrets differently in every download (A23).
	SecretsRotate bool
	// BundleQuoted writes UseDefaultCABundle as "0" or "1" (A24).
	BundleQuoted bool
	// DefaultsAsDollars writes cells that hold their default as $$ (A25).
	DefaultsAsDollars bool
	// EmptyCellsBare writes empty strings as nothing instead of "" (A26).
	EmptyCellsBare bool
	// Addresses in tables, quoted or bare (A27).
	Addresses Addresses
	// HiddenParameters adds a line about a hidden parameter to every group (A28).
	HiddenParameters bool
	// EmptyTables writes tables without rows (A29).
	EmptyTables bool
	// Seed feeds the shuffles.
	Seed uint64

	// TLSList is the shape of GET /files/tls (A30).
	TLSList TLSList
	// CLILineEnd ends the lines inside "output" with CRLF (A31).
	CLILineEnd CLILineEnd
	// CLIChecksum refuses CLI scripts without a checksum (A32).
	CLIChecksum bool

	// Auth is the scheme of authentication (A33).
	Auth Auth
	// NonceUses makes a Digest nonce stale after this many uses; 0 never (A34).
	NonceUses int
	// BlockedForbidden answers 403 instead of 401 during a lock-out (A36).
	BlockedForbidden bool
	// ExpectBadRequest answers 400 instead of 417 to Expect (A37).
	ExpectBadRequest bool
	// ErrorsWithoutBody omits the JSON description of errors (A38).
	ErrorsWithoutBody bool

	// NoAlarmsOK answers 200 with an empty list when there is no alarm (A39).
	NoAlarmsOK bool
	// Framing is how the end of a body is marked (A40).
	Framing Framing
	// CloseEach closes the connection after every answer (A41).
	CloseEach bool
	// HTTPRedirect answers plain HTTP with a redirect to HTTPS (A42).
	HTTPRedirect bool
	// TLS12Only offers nothing above TLS 1.2 (A43).
	TLS12Only bool

	// SaveEmptyOnly refuses a save whose body is {} (A48).
	SaveEmptyOnly bool
	// SaveAnswersJSON puts a description into the answer to a save (A44).
	SaveAnswersJSON bool
	// SaveReads delays a save until /status has been read this often (A45).
	SaveReads int
	// BusyWrites answers this many writes with 409 (A46).
	BusyWrites int

	// RowsRotate begins every table at a different row in each download (A20).
	RowsRotate bool
	// HeaderWithoutSerial omits the serial number from the INI header (A66).
	HeaderWithoutSerial bool
	// SaveFlag is what saveNeeded shows (A68).
	SaveFlag SaveFlag
	// SaveStatus answers every save with this status and does not save; 200 pretends that it did. 0 saves (A69).
	SaveStatus int
	// SaveRestart restarts the device during a save; SaveStatus is then only the answer, 200 if 0 (A70).
	SaveRestart SaveRestart
	// Blur is what readings omit for a while after a write (A71).
	Blur Blur
	// RefusedImports are imports that are refused at first (A72).
	RefusedImports RefusedImports
	// ImportDelay is how long an accepted import stays invisible, on the device's clock (A73).
	ImportDelay time.Duration
	// CommentedRows adds a commented-out row to every table that has rows (A83).
	CommentedRows bool
	// CallsAbsent has no call indicators: every request below /kpi answers 404 (A82).
	CallsAbsent bool
	// CallsAsText writes the values of call indicators as strings (A82).
	CallsAsText bool
	// AlarmSetUnnamed leaves the name of a Proxy Set out of its alarms (A84).
	AlarmSetUnnamed bool
	// AlarmListFull shows severity, source and date in the list of alarms (A85).
	AlarmListFull bool
	// CallsOwnIDs numbers the IP Groups of call indicators from 100, whatever their rows (A86).
	CallsOwnIDs bool
	// Churn is what changes by itself between downloads (A75).
	Churn Churn
}

// EmptyStore is an answer to reading an empty trust store.
type EmptyStore int

// The answers to reading an empty trust store.
const (
	EmptyStoreOK EmptyStore = iota
	EmptyStoreBadRequest
	EmptyStoreNotFound
)

// StoreText is a format of a trust store.
type StoreText int

// The formats of a trust store.
const (
	StoreLF StoreText = iota
	StoreCRLF
	// StoreCommented puts blank lines and "subject=…" between the blocks.
	StoreCommented
	// StoreTrailingGarbage puts bytes that are not PEM after the last block.
	StoreTrailingGarbage
	// StoreBrokenBlock puts a block that does not decode after the first.
	StoreBrokenBlock
)

// KnownRoot is how the device imports a root that is already in the store.
type KnownRoot int

// The ways of importing a root that is already there.
const (
	KnownRootAccepted KnownRoot = iota
	KnownRootTwice
	KnownRootRefused
)

// SeveralRoots is a way of importing an upload of several blocks.
type SeveralRoots int

// The ways of importing several blocks at once.
const (
	SeveralFirstOnly SeveralRoots = iota
	SeveralAll
	SeveralRefused
)

// StatusFields is a selection of the fields of /status.
type StatusFields int

// The selections of fields in /status.
const (
	StatusDocumented StatusFields = iota
	// StatusExtra adds fields that newer firmware shows.
	StatusExtra
	// StatusBare has versionID, serialNumber and saveNeeded only.
	StatusBare
	// StatusNoSerial has all but serialNumber.
	StatusNoSerial
	// StatusNoUnit has only versionID and saveNeeded: nothing that identifies a unit.
	StatusNoUnit
)

// LoadDrops is what an incremental INI load loses outside its own content.
type LoadDrops int

// What an incremental load loses.
const (
	DropsNothing LoadDrops = iota
	// DropsRows empties a mentioned table of the rows that are not given.
	DropsRows
	// DropsRowsAndFiles also deletes the files of dropped TLS Contexts.
	DropsRowsAndFiles
	// DropsTables also empties every table that is not mentioned.
	DropsTables
)

// Prefixes is a way of writing column names.
type Prefixes int

// The ways of writing column names.
const (
	PrefixesOfModel Prefixes = iota
	PrefixesNever
	PrefixesAlways
	// PrefixesMixed writes every other table with prefixes.
	PrefixesMixed
)

// Addresses is a way of writing IP addresses in cells.
type Addresses int

// The ways of writing IP addresses.
const (
	AddressesOfModel Addresses = iota
	AddressesBare
	AddressesQuoted
)

// TLSList is a shape of the list of TLS Contexts.
type TLSList int

// The shapes of GET /files/tls.
const (
	TLSListTLS   TLSList = iota // {"tls":[{"id":0}]}
	TLSListFiles                // {"files":[{"id":"0"}]}
	TLSListArray                // [{"id":"0"}]
)

// CLILineEnd is a line separator inside the output of a CLI script.
type CLILineEnd int

// The line separators inside "output".
const (
	CLILineFeed CLILineEnd = iota
	CLICRLF
)

// Auth is a scheme of authentication.
type Auth int

// The schemes of authentication.
const (
	AuthBasic Auth = iota
	// AuthDigest offers Digest only and ignores Basic.
	AuthDigest
	// AuthEither offers both and accepts both.
	AuthEither
)

// Framing is a way of marking the end of a body.
type Framing int

// The ways of marking the end of a body.
const (
	FramingLength Framing = iota
	FramingChunked
	// FramingClose sends no length and closes the connection.
	FramingClose
)

package mockdevice

import (
	"crypto"
	"time"
)

// Model describes a device before it starts. It is plain data: change any field between [Preset] and [New].
type Model struct {
	// Firmware is the versionID as devices write it: "7.40A.500.357".
	Firmware string
	// Product is the productType of /status and the Board of the INI file.
	Product string
	// Serial is a string of digits.
	Serial string
	// HighAvailability is "Not Operational" or "Operational".
	HighAvailability string
	// MAC, Address, Mask and Gateway appear in /status and in the INI header.
	MAC, Address, Mask, Gateway string

	// Username and Password are the only account.
	Username, Password string
	// Level is the privilege level: 50 Monitor, 100 Administrator, 200 Security Administrator, 220 or 0 Master.
	Level int

	// Header holds the comment lines at the head of the INI file. Those for board, serial number,
	// version and addresses are updated from the fields above when the file is rendered.
	Header []string
	// Groups are the parameters, in the order in which the INI shows them.
	Groups []Group
	// Tables are the configuration tables, in the order of the INI.
	Tables []Table

	// Contexts are the files of the TLS Contexts. The INI never holds them.
	Contexts []Context
	// RootLimit is how many certificates fit into a trust store: about 150 in 7.4, 20 in 7.0; 0 for no limit.
	RootLimit int

	// Alarms are the active alarms, oldest first.
	Alarms []Alarm
	// PastAlarms are those that have been cleared, oldest first.
	PastAlarms []Alarm
	// Calls are values of call indicators by their ID, for each row of the table IPGroup. An indicator that is not there
	// has the value of a device that has just started (A82).
	Calls map[int]map[string]any

	// Dialect says how the device behaves where the documents leave it open.
	Dialect Dialect

	// Now is the device's clock, time.Now if nil.
	Now func() time.Time
}

// Group is one section of parameters, "[SIP Params]". An empty Name stands for lines before any section.
type Group struct {
	Name       string
	Parameters []Parameter
}

// Parameter is one line of a Group. Value is kept raw, in the quotes the device writes. A Hidden one is shown only as
// ";X is hidden but has non-default value". If Comment is set, the line is that comment and nothing else.
type Parameter struct {
	Name, Value string
	Hidden      bool
	Comment     string
}

// Table is one configuration table.
type Table struct {
	Name    string
	Columns []Column
	// Prefixed tables write their columns as "TLSContexts_Name", as firmware up to 7.2 of about 2019 does.
	Prefixed bool
	Rows     []Row
	// Comments stand between the table's head and its FORMAT line. A table with comments and without columns is
	// hidden: it is shown, but can be neither read nor loaded.
	Comments []string
}

// Column is a Table's column. Default, unquoted, fills cells that a load omits. Quoted columns hold strings.
type Column struct {
	Name    string
	Default string
	Quoted  bool
}

// Row is one row. Cells are raw, quotes included, one for each column.
type Row struct {
	Index int
	Cells []string
}

// Context holds the files of one TLS Context.
type Context struct {
	// Index is the row of the TLSContexts table.
	Index int
	// Roots is the trust store in its order, each DER or PEM. A PEM entry may hold several certificates.
	Roots [][]byte
	// Certificate is the device certificate in DER or PEM; none if nil. A device always has one in context 0: [New]
	// makes it, self-signed with common name ACL_<serial>, if the model has none.
	Certificate []byte
	// Key belongs to Certificate. The server uses that of context 0.
	Key crypto.Signer
}

// Alarm is one alarm ("REST API for Mediant Devices", LTRT-41761).
type Alarm struct {
	ID          string
	Description string
	Severity    string
	Source      string
	Date        time.Time
}

// Package ini reads the configuration file of AudioCodes devices and writes single rows
// of its tables back.
//
// The dialect is its own: parameter groups ("[SIP Params]") with Name = value, and tables
// between "[ Name ]" and "[ \Name ]" whose FORMAT line names the columns and whose rows
// end in ";". Names are case-insensitive, columns may carry the table's name as a prefix
// ("TLSContexts_Name"), values in double quotes may hold , ; = and \ (User's Manual 7.4,
// "INI File Format"). Columns are always found by name: their order differs by firmware.
//
// A row keeps its text as the device wrote it. Changing one cell changes the bytes of
// that cell and nothing else, because a device sets every column that a row leaves out
// to its default.
package ini

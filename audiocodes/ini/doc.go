// Package ini reads the configuration file of AudioCodes devices and writes single rows of its tables back.
//
// The format is AudioCodes' own: parameter groups ("[SIP Params]") with Name = value, and tables from "[ Name ]" to
// "[ \Name ]", whose FORMAT line names the columns and whose rows end in ";". Names are case-insensitive, columns may
// carry the table's name as a prefix ("TLSContexts_Name"), and values in double quotes may contain , ; = and \
// (User's Manual 7.4, "INI File Format"). The package finds columns by name: their order differs by firmware.
//
// A row keeps its text as the device wrote it. Changing one cell changes that cell's bytes and nothing else, because
// a device sets every column that a row leaves out to its default.
package ini

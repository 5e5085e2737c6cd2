// Package doctor examines one device without writing to it and reports which of the numbered assumptions about such
// devices (mockdevice/ASSUMPTIONS.md) hold there, which do not, and which can't be checked by reading.
//
// Collect reads; Examine decides and is pure: observations in, a report out. A report contains counts, forms, and
// names of the configuration's structure, never an address, a name that a person gave, or a secret.
package doctor

// Package doctor examines one device without writing to it and says which of the numbered
// assumptions about such devices (mockdevice/ASSUMPTIONS.md) hold there, which do not, and
// which can't be told by reading.
//
// Collect reads; Examine thinks and is pure: observations in, a report out. What a report
// says was seen is counts, forms, and names of the configuration's structure, never an
// address, a name that somebody gave, or a secret.
package doctor

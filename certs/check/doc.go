// Package check judges the certificate of an SBC, a conferencing node or a connector by
// what the other side asks of it.
//
// A profile is data: a table of rules (profiles.go), each with its severity, its sentence and
// its source. Examine is pure: certificates and options in, a report out; what only the
// network could tell comes in through the options.
package check

// Package check judges the certificate of an SBC, a Conferencing Node or a Teams Connector by what
// the other side requires of it.
//
// A profile is data: a table of rules (profiles.go), each with its severity, its sentence and its source. Examine is
// pure: certificates and options in, a report out. The caller passes in what only the network can tell.
package check

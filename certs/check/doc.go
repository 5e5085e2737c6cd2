// Package check judges the certificate of an SBC, Conferencing Node or Teams Connector by the other side's rules.
//
// A profile is data: a table of rules (profiles.go), each with its severity, its sentence and its source. Examine is
// pure: certificates and options in, a report out. The caller passes in what only the network can tell.
package check

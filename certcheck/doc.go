// Package certcheck judges the certificate of an SBC, a conferencing node or a connector by
// what the other side asks of it.
//
// A profile is data: a table of rules (profiles.go), each with its severity, its sentence and
// its source. Examine is pure: certificates and options in, a report out. FollowAddresses is
// the only thing here that uses the network, by a client that it is given; what it sees comes
// back in through the options.
package certcheck

// Package probe finds out whether a SIP endpoint of Teams Direct Routing accepts what an SBC would send: it resolves
// the name, connects, makes a TLS handshake, reports the trusted root in which the server's chain ends, and sends SIP
// OPTIONS over that connection.
//
// The chain is judged as an SBC would judge it: against a fixed set of roots, by default the
// required roots of package certs and never the system's. A SIP answer of any status is an answer;
// "ok" is said of 2xx alone (RFC 3261, 21.2), because a 403 is how Teams refuses an SBC that it
// doesn't know.
//
// Prober brings time, randomness, names and connections in.
package probe

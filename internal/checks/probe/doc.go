// Package probe finds out whether a SIP endpoint of Teams Direct Routing accepts what an SBC
// would say to it: it resolves the name, connects, makes a TLS handshake, tells which trusted
// root the server's chain ends in, and asks SIP OPTIONS over that connection.
//
// The chain is judged as an SBC would judge it: against a fixed set of roots, by default the
// required roots of package certs and never the system's. A SIP answer of any status is an answer;
// "ok" is said of 2xx alone (RFC 3261, 21.2), because a 403 is how Teams refuses an SBC that it
// doesn't know.
//
// Time, chance, names and connections come in with Options.
package probe

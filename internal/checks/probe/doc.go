// Package probe finds out whether a SIP endpoint of Teams Direct Routing accepts what an SBC would send: it resolves
// the name, connects, makes a TLS handshake, reports the trusted root in which the server's chain ends, and sends SIP
// OPTIONS over that connection.
//
// The chain is verified as an SBC would verify it: against a fixed set of roots, by default the required roots of
// package certs and never the system's. A SIP answer of any status counts as an answer, but only 2xx is "ok" (RFC 3261,
// 21.2): Teams answers 403 to an SBC that it doesn't know.
//
// Prober supplies time, randomness, name resolution and connections.
package probe

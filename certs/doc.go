// Package certs knows the trusted roots that Microsoft requires on every Teams Direct Routing SBC
// with mutual TLS, which firmware has which of them in its default CA bundle, and how to decide
// whether a device's trusted-root store holds one of them.
//
// A root is identified by the SHA-256 of its DER alone: several of the roots also exist as
// cross-signed twins with the same subject and key, and a name proves nothing.
//
// The package uses no files, clock or network: it embeds the roots, and the caller passes the time of validity.
package certs

// Package certs knows the certificates of the task: the trusted roots that
// Microsoft asks of every Teams Direct Routing SBC with mutual TLS, which firmware
// brings which of them in its default CA bundle, and how to tell whether a device's
// trusted-root store holds one of them.
//
// A root is recognised by the SHA-256 of its DER and by nothing else: several of them
// also exist as cross-signed twins with the same subject and the same key, and a
// name is not evidence.
//
// The package reads no files, no clock and no network: the roots are embedded, and
// the time that validity is judged at comes in as an argument.
package certs

// Package certfile reads certificates from the files that people have: PEM, DER, P7B
// (PKCS #7) and PFX (PKCS #12).
//
// All of it is foreign input: sizes, nesting and rounds of key derivation are bounded,
// nothing panics, and what can't be read is told piece by piece. A private key is used to
// find the certificate it belongs to and then dropped; it stands in no result and no error.
package certfile

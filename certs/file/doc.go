// Package file reads certificates from the files that people have: PEM, DER, P7B
// (PKCS #7) and PFX (PKCS #12).
//
// All of it is foreign input: sizes, nesting and rounds of key derivation are bounded, nothing
// panics, and what can't be read is told piece by piece. What is no certificate is named for what
// it is, with what to do about it (kinds.go). Private keys stand in no text and no error; a caller
// that only compares uses their public halves.
package file

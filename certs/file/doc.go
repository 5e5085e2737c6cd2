// Package file reads certificates from the files that people have: PEM, DER, P7B (PKCS #7) and PFX (PKCS #12).
//
// All of it is untrusted input: size, nesting and rounds of key derivation are limited, nothing panics, and unreadable
// parts are reported one by one. If a file is not a certificate, the error says what it is and what to do about it
// (kinds.go). Private keys appear in no text and no error; a caller that only compares uses their public halves.
package file

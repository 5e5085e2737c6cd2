// Package bugreport makes an archive of what was observed of a device that can be given to
// strangers: every secret, address and name is replaced, the same one by the same
// replacement everywhere, and the structure that acfix decides by is kept.
//
// It denies by default: a text stays only if its place is on a list (words.go) and it has
// the form that belongs there. The package is pure; who writes the archive to disk is told
// its bytes.
package bugreport

// Package bugreport makes an archive of the observations of a device, fit for strangers: it replaces every secret,
// address and name, the same one by the same replacement everywhere, and keeps the structure that acfix's decisions
// depend on.
//
// It denies by default: a text stays only if its place is on a list (words.go) and it has the form that belongs there.
// The package is pure: it returns bytes and writes no file.
package bugreport

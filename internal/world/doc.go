// Package world holds no code but tests: it plays acfix against a simulated device in worlds drawn
// at random, and judges what came of it by the device's own history.
//
// A World is plain data, written as JSON: a device, what the operator does with acfix (acts), and
// what comes in between (events): a second administrator, faults of the line and of the device, a
// kill, a restart, an HA switch-over. A player plays it, in simulated time and the same way every
// time. The judge then holds acfix to a table of invariants. It knows the history of the device,
// the answers that the device gave, the backup as it was on disk at the first write, and a small
// table of its own with the required roots and the rule by firmware; what acfix says is only ever
// held against that.
//
// Worlds that broke an invariant once are kept in testdata, one or more for each fault, and are
// played by name: go test ./internal/world -run TestSavedWorlds/b04.
package world

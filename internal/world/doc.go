// Package world contains only tests: it runs acfix against a simulated device in randomly drawn
// worlds, and judges the outcome by the device's own history.
//
// A World is plain data, written as JSON: a device, what the operator does with acfix (acts), and
// what happens in between (events): a second administrator, faults of the network and of the
// device, a kill, a restart, an HA switch-over. A player plays it in simulated time, the same way
// every time. The judge then checks acfix against a table of invariants. It knows the device's
// history, the device's answers, the backup as it was on disk at the first write, and has its own
// small table of the roots and the rule by firmware; what acfix says is never evidence, only
// compared.
//
// Worlds that once broke an invariant are kept in testdata, one or more per fault, and are played
// by name: go test ./internal/world -run TestSavedWorlds/b04.
package world

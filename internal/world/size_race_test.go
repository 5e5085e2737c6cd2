//go:build race

package world

// defaultWorlds are drawn under the race detector, which makes each several times as slow.
const defaultWorlds = "40"

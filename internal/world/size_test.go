//go:build !race

package world

// defaultWorlds are drawn by make test.
const defaultWorlds = "300"

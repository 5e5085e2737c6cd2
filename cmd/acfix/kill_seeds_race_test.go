//go:build race

package main

// killSeeds is how many runs of a fleet are killed; the race detector takes its time.
const killSeeds = 5

//go:build !race

package main

// killSeeds is how many runs of a fleet are killed.
const killSeeds = 20

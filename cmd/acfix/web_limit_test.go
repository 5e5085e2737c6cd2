//go:build !race

package main

import "time"

// pageLimit is how long the page of ten thousand devices may take.
const pageLimit = 200 * time.Millisecond

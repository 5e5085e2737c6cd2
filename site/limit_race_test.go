//go:build race

package site_test

import "time"

// pageLimit is how long the page of ten thousand devices may take; the race detector takes its time.
const pageLimit = 2 * time.Second

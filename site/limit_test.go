//go:build !race

package site_test

import "time"

// pageLimit is how long the page of ten thousand devices may take.
const pageLimit = 200 * time.Millisecond

package remediate

import (
	"context"
	"sync"
)

// lanes is how many readings a device is asked for at a time; audiocodes.Client has a connection for each.
const lanes = 2

// reading asks a device for one thing and keeps the answer.
type reading func(context.Context) error

// together carries out readings in their order, two at a time. The first one that fails ends the
// others, and together returns its error.
// docs/design/remediate.md: Readings that do not depend on each other are made side by side
func together(ctx context.Context, readings ...reading) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	left := make(chan reading, len(readings))
	for _, read := range readings {
		left <- read
	}
	close(left)
	var failed error
	var once sync.Once
	fail := func(err error) {
		once.Do(func() { failed = err })
		cancel()
	}
	var group sync.WaitGroup
	for range min(lanes, len(readings)) {
		group.Go(func() {
			for read := range left {
				err := ctx.Err()
				if err == nil {
					err = read(ctx)
				}
				if err != nil {
					fail(err)
					return
				}
			}
		})
	}
	group.Wait()
	return failed
}

package gather_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acfix/acfix/internal/gather"
	"github.com/stretchr/testify/assert"
)

type item struct{ done atomic.Bool }

// groups lets callers ask at once, and returns how large the groups were.
func groups(t *testing.T, callers, most, atOnce int, takes time.Duration) (sizes []int, together int) {
	synctest.Test(t, func(t *testing.T) {
		var mutex sync.Mutex
		var doing int
		g := gather.New(time.Millisecond, most, atOnce, func(all []*item) {
			mutex.Lock()
			sizes, doing = append(sizes, len(all)), doing+1
			together = max(together, doing)
			mutex.Unlock()
			time.Sleep(takes)
			for _, one := range all {
				one.done.Store(true)
			}
			mutex.Lock()
			doing--
			mutex.Unlock()
		})
		var all sync.WaitGroup
		for range callers {
			all.Go(func() {
				own := &item{}
				<-g.Add(own)
				assert.True(t, own.done.Load(), "a caller goes on before its group is done")
			})
		}
		all.Wait()
	})
	return sizes, together
}

func TestWhatIsAskedAtOnceIsDoneTogether(t *testing.T) {
	t.Parallel()
	sizes, _ := groups(t, 30, 100, 1, time.Second)
	assert.Equal(t, []int{30}, sizes)
}

func TestAGroupIsNoLargerThanItMayBe(t *testing.T) {
	t.Parallel()
	sizes, together := groups(t, 30, 10, 4, time.Second)
	assert.Equal(t, []int{10, 10, 10}, sizes)
	assert.Equal(t, 3, together)
}

// TestAGroupGoesOnToGatherWhileItWaitsForItsTurn: one transaction at a time takes all that came meanwhile.
func TestAGroupGoesOnToGatherWhileItWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var sizes []int
		g := gather.New(time.Millisecond, 100, 1, func(all []int) {
			sizes = append(sizes, len(all))
			time.Sleep(time.Second)
		})
		first := g.Add(1)
		time.Sleep(2 * time.Millisecond)
		var last <-chan struct{}
		for i := range 5 {
			last = g.Add(i)
			time.Sleep(100 * time.Millisecond)
		}
		<-first
		<-last
		assert.Equal(t, []int{1, 5}, sizes)
	})
}

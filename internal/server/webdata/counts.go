package webdata

import (
	"context"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/server/web"
)

// countIndex keeps the counts of ended runs: they change only when prune deletes devices. The zero countIndex is ready
// for use.
type countIndex struct {
	mutex sync.Mutex
	kept  map[countKey][]report.WordCount
}

type countKey struct {
	run    string
	ended  int64
	pruned int
}

// mostCounts bounds the memory; a run has some ten words.
const mostCounts = 5000

func keyOf(head report.RunHead) countKey {
	return countKey{head.ID, head.Ended.UnixMicro(), head.Pruned}
}

// countFor is how long a page waits for counts that are not kept yet. A line without counts is told by its run's page.
const countFor = 300 * time.Millisecond

// Counts returns how many devices of each run have which word. A run that can't be counted in time has none.
func (s *Provider) Counts(
	ctx context.Context, heads []report.RunHead,
) (map[string][]report.WordCount, error) {
	all := map[string][]report.WordCount{}
	began := s.Now()
	for _, head := range heads {
		counts, kept := s.counts.get(head)
		if !kept && s.Now().Sub(began) < countFor {
			var err error
			if counts, err = s.count(ctx, head); err != nil {
				return nil, webError(err)
			}
		}
		all[head.ID] = counts
	}
	return all, nil
}

// count returns the counts that are kept, or else counts the devices of the run.
func (s *Provider) count(ctx context.Context, head report.RunHead) ([]report.WordCount, error) {
	if counts, kept := s.counts.get(head); kept {
		return counts, nil
	}
	tallies, err := s.store.Tallies(ctx, head.ID)
	if err != nil {
		return nil, err
	}
	counts := head.Counts(tallies[head.ID])
	s.counts.put(head, counts)
	return counts, nil
}

// countAhead is how many of the newest runs are counted before a page asks.
const countAhead = 100

// countNewest counts the newest ended runs, one at a time. An error is left to the page that asks.
func (s *Provider) countNewest(ctx context.Context) {
	heads, err := s.Runs(ctx, web.RunFilter{Limit: countAhead})
	if err != nil {
		return
	}
	for _, head := range heads {
		if head.Ended.IsZero() {
			continue
		}
		if _, err := s.count(ctx, head); err != nil || ctx.Err() != nil {
			return
		}
	}
}

func (x *countIndex) get(head report.RunHead) (counts []report.WordCount, kept bool) {
	x.mutex.Lock()
	defer x.mutex.Unlock()
	counts, kept = x.kept[keyOf(head)]
	return counts, kept
}

func (x *countIndex) put(head report.RunHead, counts []report.WordCount) {
	if head.Ended.IsZero() {
		return
	}
	x.mutex.Lock()
	defer x.mutex.Unlock()
	if x.kept == nil || len(x.kept) >= mostCounts {
		x.kept = map[countKey][]report.WordCount{}
	}
	x.kept[keyOf(head)] = counts
}

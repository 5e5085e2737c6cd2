package webdata

import (
	"context"
	"sync"

	"github.com/acfix/acfix/internal/output/report"
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

func keyOf(head report.RunHead) countKey { return countKey{head.ID, head.Ended.UnixMicro(), head.Pruned} }

// Counts returns how many devices of each run have which word.
func (s *Provider) Counts(
	ctx context.Context, heads []report.RunHead,
) (map[string][]report.WordCount, error) {
	all := map[string][]report.WordCount{}
	var unknown []report.RunHead
	for _, head := range heads {
		counts, kept := s.counts.get(head)
		if kept {
			all[head.ID] = counts
		} else {
			unknown = append(unknown, head)
		}
	}
	ids := make([]string, len(unknown))
	for i, head := range unknown {
		ids[i] = head.ID
	}
	tallies, err := s.store.Tallies(ctx, ids...)
	if err != nil {
		return nil, webError(err)
	}
	for _, head := range unknown {
		all[head.ID] = head.Counts(tallies[head.ID])
		s.counts.put(head, all[head.ID])
	}
	return all, nil
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

package httpserver

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Refusals are the refused tokens of one address within a while.
type Refusals struct {
	From        string // the address, or "elsewhere" for those without a count of their own
	Count       int
	First, Last time.Time
}

// A flood of refused tokens must not fill the store: so many entries at once, then one every ten minutes.
// docs/design/server.md: Logins are on record, and refusals are counted
const (
	refusalsAtOnce = 200
	refusalsLater  = 10 * time.Minute
	// refusalSpan is the time that one entry covers.
	refusalSpan = time.Minute
	// refusalSources is the number of addresses with a count of their own within that time.
	refusalSources = 8
)

// refusals counts refused tokens by address. The zero refusals is ready for use.
type refusals struct {
	mutex sync.Mutex
	by    map[string]*Refusals
	allow *rate.Limiter
}

func (r *refusals) add(from string, at time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.by == nil {
		r.by, r.allow = map[string]*Refusals{}, rate.NewLimiter(rate.Every(refusalsLater), refusalsAtOnce)
	}
	if r.by[from] == nil && len(r.by) >= refusalSources {
		from = elsewhere
	}
	if r.by[from] == nil {
		r.by[from] = &Refusals{From: from, First: at}
	}
	r.by[from].Count++
	r.by[from].Last = at
}

// take removes and returns the counts that are due; with all, also those whose minute has not passed. A count for which
// no entry is allowed yet goes on.
func (r *refusals) take(now time.Time, all bool) []Refusals {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var due []Refusals
	oldestFirst := func(a, b string) int { return cmp.Or(r.by[a].First.Compare(r.by[b].First), cmp.Compare(a, b)) }
	for _, from := range slices.SortedFunc(maps.Keys(r.by), oldestFirst) { // none waits for ever
		counted := r.by[from]
		if (all || now.Sub(counted.First) >= refusalSpan) && r.allow.AllowN(now, 1) {
			due = append(due, *counted)
			delete(r.by, from)
		}
	}
	return due
}

// Refusals returns the refused tokens that were not returned yet, one entry for each address and minute; beyond a
// bound, fewer entries that cover more. With all, it returns those of the last minute too.
func (a *Authenticator) Refusals(all bool) []Refusals { return a.refusals.take(a.now(), all) }

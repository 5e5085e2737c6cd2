package httpserver

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Refusals are what was refused to one caller within a while: tokens, or requests for which a role is too low.
type Refusals struct {
	From        string // the address, or "elsewhere" for those without a count of their own
	Person      Person // whose role was too low; the zero Person for tokens, and for those without a count of their own
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

// refusals counts what was refused by caller. The zero refusals is ready for use.
type refusals struct {
	mutex sync.Mutex
	by    map[refusedCaller]*Refusals
	allow *rate.Limiter
}

// refusedCaller is an address, and the name behind a right token.
type refusedCaller struct{ from, name string }

func (r *refusals) add(from string, person Person, at time.Time) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.by == nil {
		r.by, r.allow = map[refusedCaller]*Refusals{}, rate.NewLimiter(rate.Every(refusalsLater), refusalsAtOnce)
	}
	who := refusedCaller{from, person.Name}
	if r.by[who] == nil && len(r.by) >= refusalSources {
		who, person = refusedCaller{from: elsewhere}, Person{}
	}
	if r.by[who] == nil {
		r.by[who] = &Refusals{From: who.from, Person: person, First: at}
	}
	r.by[who].Count++
	r.by[who].Last = at
}

// take removes and returns the counts that are due; with all, also those whose minute has not passed. A count for which
// no entry is allowed yet goes on.
func (r *refusals) take(now time.Time, all bool) []Refusals {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	var due []Refusals
	oldestFirst := func(a, b refusedCaller) int {
		return cmp.Or(r.by[a].First.Compare(r.by[b].First), cmp.Compare(a.from, b.from), cmp.Compare(a.name, b.name))
	}
	for _, who := range slices.SortedFunc(maps.Keys(r.by), oldestFirst) { // none waits for ever
		counted := r.by[who]
		if (all || now.Sub(counted.First) >= refusalSpan) && r.allow.AllowN(now, 1) {
			due = append(due, *counted)
			delete(r.by, who)
		}
	}
	return due
}

// Refusals returns the refused tokens that were not returned yet, one entry for each address and minute; beyond a
// bound, fewer entries that cover more. With all, it returns those of the last minute too.
func (a *Authenticator) Refusals(all bool) []Refusals { return a.refusals.take(a.now(), all) }

// Denials does the same for requests for which the caller's role was too low.
func (a *Authenticator) Denials(all bool) []Refusals { return a.denials.take(a.now(), all) }

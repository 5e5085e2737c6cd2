package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// tenures are those of a store's holders that have not ended.
type tenures struct {
	mutex sync.Mutex
	of    map[string]*renewals // by the name of the holder, which is one process
}

// renewals are the tenures of one holder, renewed together.
// docs/design/records.md: A process renews its leases together
type renewals struct {
	holder  Holder
	tenures map[*Tenure]bool
	stop    context.CancelFunc
}

// add begins to renew a tenure.
func (k *tenures) add(t *Tenure) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	own := k.of[t.holder.Name]
	if own == nil {
		ctx, stop := context.WithCancel(context.Background())
		own = &renewals{holder: t.holder, tenures: map[*Tenure]bool{}, stop: stop}
		if k.of == nil {
			k.of = map[string]*renewals{}
		}
		k.of[t.holder.Name] = own
		go k.keepRenewing(ctx, own)
	}
	own.tenures[t] = true
}

// remove no longer renews a tenure.
func (k *tenures) remove(t *Tenure) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	own := k.of[t.holder.Name]
	if own == nil || !own.tenures[t] {
		return
	}
	delete(own.tenures, t)
	if len(own.tenures) == 0 {
		own.stop()
		delete(k.of, t.holder.Name)
	}
}

// keepRenewing renews three times per term, and tries again if the store does not answer.
func (k *tenures) keepRenewing(ctx context.Context, own *renewals) {
	for own.holder.Clock.Sleep(ctx, own.holder.Term/3) == nil {
		for _, fenced := range own.holder.renew(ctx, k.held(own)) {
			k.remove(fenced)
		}
	}
}

// held returns the tenures in the order of their leases: two transactions that lock rows in one order never wait for
// each other.
func (k *tenures) held(own *renewals) []*Tenure {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	byName := func(a, b *Tenure) int { return strings.Compare(a.Lease().Device, b.Lease().Device) }
	return slices.SortedFunc(maps.Keys(own.tenures), byName)
}

// renew extends the leases of all tenures, and returns the tenures that have been lost. It abandons a late answer: a
// silently dead connection must not delay the next attempt.
func (h Holder) renew(ctx context.Context, all []*Tenure) (lost []*Tenure) {
	ctx, cancel := context.WithTimeout(ctx, h.Term)
	defer cancel()
	asked := h.Clock.Now()
	var leases []Lease
	for _, t := range all {
		leases = append(leases, t.leases...)
	}
	extended, err := h.Store.renewAll(ctx, leases, h.Term)
	if err != nil {
		return nil
	}
	for _, t := range all {
		switch err := t.regain(ctx, extended); {
		case err == nil:
			t.validUntil(asked.Add(h.Term))
		case errors.Is(err, ErrFenced):
			t.validUntil(time.Time{})
			lost = append(lost, t)
		}
	}
	return lost
}

func (t *Tenure) validUntil(end time.Time) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.until = end
}

// regain revives the bookkeeping leases that were not extended; ErrFenced.
func (t *Tenure) regain(ctx context.Context, extended map[Lease]bool) error {
	t.reviving.Lock()
	defer t.reviving.Unlock()
	for _, lease := range t.leases {
		if extended[lease] || t.ended {
			continue
		}
		if !t.regains {
			return ErrFenced
		}
		if err := t.holder.Store.Regain(ctx, lease, t.holder.Term); err != nil {
			return err
		}
	}
	return nil
}

package httpserver

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// An address may send ten wrong tokens at once, then one every six seconds: enough for Prometheus with an old one.
const (
	atOnce  = 10
	oneMore = 6 * time.Second
	// sources is the number of addresses to remember.
	sources = 4096
)

// attempts counts wrong tokens by address.
type attempts struct {
	mutex  sync.Mutex
	by     map[string]*rate.Limiter
	forgot time.Time // of the last cleanup
}

// allowed reports whether the address may try another token.
func (a *attempts) allowed(from string, now time.Time) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	limiter := a.by[from]
	if limiter == nil && len(a.by) >= sources {
		limiter = a.by[elsewhere]
	}
	return limiter == nil || limiter.TokensAt(now) >= 1
}

func (a *attempts) failed(from string, now time.Time) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.limiter(from, now).AllowN(now, 1)
}

// elsewhere stands for all addresses beyond the limit.
const elsewhere = "elsewhere"

func (a *attempts) limiter(from string, now time.Time) *rate.Limiter {
	if a.by[from] == nil && len(a.by) >= sources {
		a.forget(now)
	}
	if a.by[from] == nil && len(a.by) >= sources {
		from = elsewhere
	}
	if a.by == nil {
		a.by = map[string]*rate.Limiter{}
	}
	if a.by[from] == nil {
		a.by[from] = rate.NewLimiter(rate.Every(oneMore), atOnce)
	}
	return a.by[from]
}

// forget drops addresses with a full allowance. It visits all, so it runs no more often than that can change.
func (a *attempts) forget(now time.Time) {
	if now.Sub(a.forgot).Abs() < oneMore {
		return
	}
	a.forgot = now
	for from, limiter := range a.by {
		if limiter.TokensAt(now) >= atOnce {
			delete(a.by, from)
		}
	}
}

// source is the key of an attempt's counter. The owner of one IPv6 address has its whole /64.
func source(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return remote
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	address = address.Unmap().WithZone("")
	if address.Is4() {
		return address.String()
	}
	network, _ := address.Prefix(64) // can't fail for an address of IPv6
	return network.String()
}

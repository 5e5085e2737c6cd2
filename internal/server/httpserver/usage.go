package httpserver

import (
	"maps"
	"sync"
	"time"
)

// uses are the times at which tokens were last used, by proof. The zero uses is ready for use.
type uses struct {
	mutex sync.Mutex
	at    map[Proof]time.Time
}

func (u *uses) note(proof Proof, now time.Time) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	if u.at == nil {
		u.at = map[Proof]time.Time{}
	}
	u.at[proof] = now
}

// LastUsed returns when each token that this process accepted was last used.
func (a *Authenticator) LastUsed() map[Proof]time.Time {
	a.uses.mutex.Lock()
	defer a.uses.mutex.Unlock()
	return maps.Clone(a.uses.at)
}

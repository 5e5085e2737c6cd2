package known

import (
	"github.com/acfix/acfix/internal/records/store"
	"github.com/acfix/acfix/remediate"
)

// LastReading returns the newest of the readings at the addresses of a device; the zero reading if there is none.
func LastReading(addresses []string, at func(address string) store.PastReading) (last store.PastReading) {
	for _, address := range addresses {
		if one := at(address); one.At.After(last.At) {
			last = one
		}
	}
	return last
}

// Share is how many of the devices that the rule concerns were compliant at some time.
type Share struct{ Compliant, Of int }

// Add counts a device by a reading, unless there is none or the rule does not concern it.
func (s *Share) Add(read store.PastReading) {
	if read.At.IsZero() || read.Verdict == string(remediate.NotApplicable) {
		return
	}
	s.Of++
	if read.Verdict == string(remediate.Compliant) {
		s.Compliant++
	}
}

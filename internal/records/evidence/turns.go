package evidence

import (
	"context"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

// Turns keep those devices of one run off each other that may be one and the same. However many there are,
// each gets its turn: patience is for what other runs have. The zero value is ready.
type Turns struct {
	mutex sync.Mutex
	seats map[string]*seat
}

type seat struct {
	free chan struct{} // holds a token while the seat is free
	used bool
}

// Hold is that of a Keeper, once it is the device's turn. If another device has had the same turn, this one
// has waited: it may be the same, and not be any more as it was read.
func (t *Turns) Hold(ctx context.Context, kept Keeper, run string, device Subject, patience time.Duration) (Grip, *remediate.Failure) {
	name := device.doubtful()
	if name == "" {
		return kept.Hold(ctx, run, device, patience)
	}
	seat := t.seat(name)
	select {
	case <-seat.free:
	case <-ctx.Done():
		return nil, remediate.Fail(remediate.ErrInterrupted)
	}
	grip, failure := kept.Hold(ctx, run, device, patience)
	if failure != nil {
		seat.free <- struct{}{}
		return nil, failure
	}
	late := seat.used
	seat.used = true
	return &turn{Grip: grip, seat: seat, late: late}, nil
}

// doubtful is the name that different devices of a run may have in common; "" where there is none. Where
// the serial numbers are the same, the run has refused all devices but one.
func (d Subject) doubtful() string {
	switch {
	case d.MAC != "":
		return statedir.MACName(d.MAC)
	case d.Serial == "" && d.Certificate != "":
		return statedir.CertificateName(d.Certificate)
	default:
		return ""
	}
}

func (t *Turns) seat(name string) *seat {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	found := t.seats[name]
	if found == nil {
		found = &seat{free: make(chan struct{}, 1)}
		found.free <- struct{}{}
		if t.seats == nil {
			t.seats = map[string]*seat{}
		}
		t.seats[name] = found
	}
	return found
}

// turn is a device that is held in its turn.
type turn struct {
	Grip
	seat *seat
	late bool
}

func (t *turn) Waited() bool { return t.late || t.Grip.Waited() }

func (t *turn) Release() {
	t.Grip.Release()
	t.seat.free <- struct{}{}
}

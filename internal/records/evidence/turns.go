package evidence

import (
	"context"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/records/statedir"
	"github.com/acfix/acfix/remediate"
)

// Turns makes the targets of one run that may be the same device take turns, however many there are. A caller's
// patience limits only the wait for other runs. The zero value is ready to use.
type Turns struct {
	mutex sync.Mutex
	seats map[string]*seat
}

type seat struct {
	free chan struct{} // holds a token while the seat is free
	used bool
}

// Hold waits for the device's turn and then holds it as a Keeper does. Waited reports true after another target's
// turn: if both are one device, that turn may have changed it since it was read.
func (t *Turns) Hold(
	ctx context.Context, kept Keeper, run string, device Subject, patience time.Duration,
) (Grip, *remediate.Failure) {
	name := device.sharedName()
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

// sharedName returns the name that several targets of a run may share, or "". Of the targets with one serial
// number, the run has already refused all but one.
func (d Subject) sharedName() string {
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

// turn is a device held in its turn.
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

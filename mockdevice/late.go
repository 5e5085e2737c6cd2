package mockdevice

import "time"

// lateWork is work to be done after a number of requests, or at a time on the device's clock.
type lateWork struct {
	call call
	left int       // requests
	due  time.Time // zero if requests count
}

// catchUp does the late work that is due when a request arrives.
func (d *Device) catchUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, work := range d.late {
		work.left--
	}
	d.ripen()
}

// ripen does the late work that is due. The lock is held.
func (d *Device) ripen() {
	if len(d.late) == 0 {
		return
	}
	now := d.model.Now()
	var waiting, due []*lateWork
	for _, work := range d.late {
		if work.left > 0 || now.Before(work.due) {
			waiting = append(waiting, work)
			continue
		}
		due = append(due, work)
	}
	d.late = waiting
	for _, work := range due {
		if a := d.perform(work.call); work.call.entry != nil {
			work.call.entry.Done = a.done
		}
	}
}

// workLater answers as if the work were done, and defers it.
func (d *Device) workLater(c call, after time.Duration) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.putOff(c, after)
}

// putOff is workLater under the lock. Refused work is not done later either.
func (d *Device) putOff(c call, after time.Duration) answer {
	c.ripe, c.fault = true, nil
	a := d.pretend(c)
	if !a.done {
		return d.perform(c)
	}
	d.late = append(d.late, &lateWork{call: c, due: d.model.Now().Add(after)})
	return a
}

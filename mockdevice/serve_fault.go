package mockdevice

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
)

// serveFault handles a request that a rule strikes.
func (d *Device) serveFault(w http.ResponseWriter, c call, f Fault) {
	switch f.Do {
	case Ignore:
		d.conclude(w, c.entry, d.rehearse(c))
		return
	case Late:
		d.postpone(c, f.LateAfter)
		panic(http.ErrAbortHandler)
	case DamageOtherCell, DamageOtherRow:
		d.conclude(w, c.entry, d.workAndDamage(c, f))
		return
	case Short, Stale:
		d.conclude(w, c.entry, d.work(c)) // which handles the fault itself
		return
	case CostRoot:
		d.conclude(w, c.entry, d.refuseAtACost(c, f))
		return
	case Defer:
		d.conclude(w, c.entry, d.workLater(c, f.Delay))
		return
	case Reboot:
		d.serveRestart(w, c, f)
		return
	case Truncate:
		d.truncate(w, c.entry, d.work(c), f.Shorter)
		return
	}
	if f.Do == Delay && f.When == Before {
		wait(c.request, f.Delay)
	}
	var a answer
	if f.When == After || f.Do == Delay {
		a = d.work(c)
		d.note(func() { c.entry.Done = a.done })
	}
	d.spoil(w, c, f, a)
}

// spoil sends something other than the answer.
func (d *Device) spoil(w http.ResponseWriter, c call, f Fault, a answer) {
	worked, done := a, a.done
	switch f.Do {
	case Drop:
		panic(http.ErrAbortHandler)
	case Hang:
		<-c.request.Context().Done()
		panic(http.ErrAbortHandler)
	case Delay:
		if f.When == After {
			wait(c.request, f.Delay)
		}
	case Status:
		a = d.statusAnswer(cmp.Or(f.Status, http.StatusServiceUnavailable), f.Location)
		if f.RetryAfter != "" {
			a.header = http.Header{"Retry-After": {f.RetryAfter}}
		}
		if a.status == http.StatusPartialContent {
			a = d.partial(c, worked)
		}
	case Echo:
		status := cmp.Or(f.Status, http.StatusInternalServerError)
		a = d.failure(status, http.StatusText(status)+": "+d.echo(c.request))
	case HTML:
		a = answer{status: http.StatusOK, kind: "text/html", body: []byte(loginPage)}
	case Garbage:
		a = answer{status: http.StatusOK, kind: binaryType, body: garbage()}
	}
	a.done = done
	d.conclude(w, c.entry, a)
}

func (d *Device) postpone(c call, after int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if after == 0 {
		c.entry.Done = d.perform(c).done
		return
	}
	d.late = append(d.late, &lateWork{call: c, left: after})
}

// truncate sends half of the body; with shorter, the announced length hides it.
func (d *Device) truncate(w http.ResponseWriter, entry *Request, a answer, shorter bool) {
	half := a.body[:len(a.body)/2]
	d.note(func() { entry.Status, entry.Done = a.status, a.done })
	head(w, a)
	announced := len(a.body)
	switch {
	case shorter:
		announced = len(half)
	case announced == 0:
		announced = 1 // even an empty answer can be cut off
	}
	w.Header().Set("Content-Length", strconv.Itoa(announced))
	w.Header().Set("Connection", "close")
	w.WriteHeader(a.status)
	w.Write(half)
	flush(w)
	if announced != len(half) {
		panic(http.ErrAbortHandler)
	}
}

// statusAnswer returns a status with a description. A redirect leads to location, by default to one that answers 200.
func (d *Device) statusAnswer(status int, location string) answer {
	a := d.failure(status, http.StatusText(status))
	if status/100 == 3 && status != http.StatusNotModified {
		a.header = http.Header{"Location": {cmp.Or(location, prefix+"/status")}}
	}
	return a
}

// partial returns 206 with the first half of the work's answer, or of the answer it would have if it was not done.
func (d *Device) partial(c call, worked answer) answer {
	if worked.status == 0 {
		worked = d.rehearse(c)
	}
	whole := len(worked.body)
	worked.status, worked.body = http.StatusPartialContent, worked.body[:whole/2]
	if whole > 1 {
		worked.header = worked.header.Clone()
		if worked.header == nil {
			worked.header = http.Header{}
		}
		worked.header.Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", whole/2-1, whole))
	}
	return worked
}

// echo repeats the client's credentials.
func (d *Device) echo(r *http.Request) string {
	return fmt.Sprintf("user %s, password %s, Authorization: %s", d.model.Username, d.model.Password,
		r.Header.Get("Authorization"))
}

// serveRestart restarts the device before or after the work; without a status to answer, it closes the connection.
func (d *Device) serveRestart(w http.ResponseWriter, c call, f Fault) {
	a := d.workAndRestart(c, f.When)
	if f.Status == 0 {
		d.note(func() { c.entry.Done = a.done })
		d.hangUp()
		panic(http.ErrAbortHandler)
	}
	if f.Status != http.StatusOK {
		done := a.done
		a = d.statusAnswer(f.Status, f.Location)
		a.done = done
	}
	a.hangUp = true
	d.conclude(w, c.entry, a)
}

func (d *Device) workAndRestart(c call, when Moment) answer {
	d.mu.Lock()
	defer d.mu.Unlock()
	var a answer
	if when == After {
		a = d.perform(c)
	} else {
		a = d.pretend(c)
		a.done = false
	}
	d.reboot(actor{author: ByDevice})
	return a
}

const loginPage = `<!DOCTYPE html>
<html><head><title>Web Login</title></head>
<body><form method="post" action="/Login">` +
	`<input name="username"><input name="password" type="password"></form></body></html>
`

func garbage() []byte {
	random := rand.New(rand.NewPCG(1, 2))
	bytes := make([]byte, 512)
	for i := range bytes {
		bytes[i] = byte(random.Uint32())
	}
	return bytes
}

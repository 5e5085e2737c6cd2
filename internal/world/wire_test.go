package world

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/acfix/acfix/mockdevice"
)

const apiPrefix = "/api/v1/"

// tick is how long the device needs for a request.
const tick = 50 * time.Millisecond

// wire stands between acfix and the device: it counts the requests of each act, lets happen what
// the world says, and keeps every answer.
type wire struct {
	player *player
	device *mockdevice.Device
	// mutex guards what follows. It is not held while a request is handled: another acfix may
	// send its own meanwhile.
	mutex sync.Mutex
	// connections are those over which a request has come.
	connections map[string]bool
	// units are the units that connections lead to.
	units   map[string]string
	answers []Answer
}

// Answer is one request that reached the device, and what acfix got for it.
type Answer struct {
	Number int
	Act    int // index in the chronicle; settling for the player's own
	Method string
	Path   string // below /api/v1
	Unit   string
	Status int // 0: none came
	Body   []byte
	// Whole: the answer shows what the device meant to show.
	Whole bool
}

// settling is the act of requests that the player sends itself.
const settling = -1

// moments is what the wire knows of a request while the device handles it.
type moments struct {
	act    *played
	before []Event
	number int // as the device counts; 0 until it has arrived there
}

type momentsKey struct{}

// listen serves the wire on a free loopback port.
func (w *wire) listen() (url string, closeIt func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: w, ErrorLog: silent()}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// ServeHTTP is one request of the act that runs now.
func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	act := w.player.current()
	if act == nil || act.dead() {
		panic(http.ErrAbortHandler) // its process is gone; nothing of it reaches the device
	}
	if !w.leadsToUnit(r.RemoteAddr) {
		panic(http.ErrAbortHandler) // the unit that took over knows nothing of this connection
	}
	if w.takesTime(r.RemoteAddr) {
		w.player.clock.pass(tick)
	}
	before, after := act.due(r.Method, strings.TrimPrefix(r.URL.Path, apiPrefix))
	w.handle(out, r, act, before, after)
}

// takesTime reports whether the device needs time for a request. An acfix whose first answer took none opens no second
// connection: which of two requests comes first is left to chance only in some worlds, and in none where another acfix
// comes in between, for the wire could not say whose a request is.
func (w *wire) takesTime(connection string) bool {
	if w.player.world.Seed%2 == 1 && !slices.ContainsFunc(w.player.world.Events, func(e Event) bool { return e.Do == Meanwhile }) {
		return true
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	isKnown := w.connections[connection]
	w.connections[connection] = true
	return isKnown
}

// leadsToUnit reports whether a connection leads to the unit that answers now. Where an acfix has one connection only,
// all lead to it, as through a gateway that passes requests on: nothing but what a unit says of itself shows it then.
func (w *wire) leadsToUnit(connection string) bool { return w.unitOf(connection) == w.player.unit() }

// unitOf is the unit that a connection leads to.
func (w *wire) unitOf(connection string) string {
	now := w.player.unit()
	if w.player.world.Seed%2 == 0 {
		return now
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if _, known := w.units[connection]; !known {
		w.units[connection] = now
	}
	return w.units[connection]
}

// handle passes a request to the device and its answer back, with what happens on either side.
func (w *wire) handle(out http.ResponseWriter, r *http.Request, act *played, before, after []Event) {
	own := &moments{act: act, before: before}
	r = r.WithContext(context.WithValue(r.Context(), momentsKey{}, own))
	kept := httptest.NewRecorder()
	kept.Code = 0
	aborted := w.served(kept, r)
	unit := w.unitOf(r.RemoteAddr)
	for _, event := range after {
		if event.Do == Damage && !w.leadsToUnit(r.RemoteAddr) {
			continue // the write went down with the other unit
		}
		aborted = w.happens(act, event) || aborted
	}
	whole := !aborted && kept.Code != 0 && !slices.ContainsFunc(before, Event.spoils)
	answer := Answer{Number: own.number, Act: act.index, Method: r.Method, Path: strings.TrimPrefix(r.URL.Path, apiPrefix),
		Unit: unit, Whole: whole}
	if !aborted {
		answer.Status, answer.Body = kept.Code, kept.Body.Bytes()
	}
	w.keep(answer)
	send(out, kept, aborted)
}

// served lets the device handle the request; aborted: it ended the connection instead.
func (w *wire) served(kept *httptest.ResponseRecorder, r *http.Request) (aborted bool) {
	defer func() {
		if failure := recover(); failure != nil {
			if failure != http.ErrAbortHandler {
				panic(failure)
			}
			aborted = true
		}
	}()
	w.device.ServeHTTP(kept, r)
	return false
}

// arrived is the device's hook: what happens right before a request is handled.
func (w *wire) arrived(number int, r *http.Request) {
	own, ok := r.Context().Value(momentsKey{}).(*moments)
	if !ok {
		w.keepActor(number, settling)
		return
	}
	own.number = number
	w.keepActor(number, own.act.index)
	own.act.arrived(number, r.Method)
	abort := false
	for _, event := range own.before {
		if event.Do == Fault {
			w.strike(r, event)
			continue
		}
		abort = w.happens(own.act, event) || abort
	}
	if abort || !w.leadsToUnit(r.RemoteAddr) {
		panic(http.ErrAbortHandler)
	}
}

func (w *wire) keepActor(number, act int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.player.chronicle.ActOf[number] = act
}

func (w *wire) keep(answer Answer) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.answers = append(w.answers, answer)
}

// happens lets an event happen; abort: the request gets no answer.
func (w *wire) happens(act *played, event Event) (abort bool) {
	switch event.Do {
	case Edit:
		w.player.change(*event.Change)
	case Damage:
		w.player.damage(act, *event.Change)
	case Delay:
		w.player.clock.pass(time.Duration(event.Delay))
	case Kill:
		w.player.kill(act)
		return true
	case Interrupt:
		act.interrupt()
	case Switch:
		w.player.switchOver()
	case Meanwhile:
		w.player.meanwhile(*event.Play)
	}
	return false
}

// strike arms a fault of the device for the request that is about to be handled, and for none beside it.
func (w *wire) strike(r *http.Request, event Event) {
	fault, err := mockdevice.ParseFault(r.Method + " " + strings.TrimPrefix(r.URL.Path, apiPrefix) + " count=1 " + event.Fault)
	if err != nil {
		panic(err) // World.check has seen it
	}
	w.device.AddFault(fault)
}

// spoils reports whether an event makes an answer something else than what the device shows.
func (e Event) spoils() bool {
	if e.Do != Fault {
		return false
	}
	words := strings.Fields(e.Fault)
	action, _, _ := strings.Cut(words[len(words)-1], "=")
	return !slices.Contains([]string{"defer", "short", "stale", "ignore", "damage-cell", "damage-row"}, action)
}

// send passes the answer on to acfix.
func send(out http.ResponseWriter, kept *httptest.ResponseRecorder, aborted bool) {
	if kept.Code != 0 {
		for name, values := range kept.Header() {
			out.Header()[name] = values
		}
		out.WriteHeader(kept.Code)
		_, _ = out.Write(kept.Body.Bytes())
		if flusher, ok := out.(http.Flusher); ok && (aborted || kept.Flushed) {
			flusher.Flush()
		}
	}
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

// due are the events of this request of an act, those before it is handled and those after.
func (p *played) due(method, resource string) (before, after []Event) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for i := range p.events {
		event := &p.events[i]
		matched, _ := path.Match(event.Path, resource)
		if event.Method != "" && event.Method != method || event.Path != "" && !matched {
			continue
		}
		event.seen++
		most := event.Request + max(event.Times, 1) - 1
		if event.seen < event.Request || event.Times >= 0 && event.seen > most {
			continue
		}
		if event.After {
			after = append(after, event.Event)
		} else {
			before = append(before, event.Event)
		}
	}
	return before, after
}

package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/acfix/acfix/internal/server/httpserver"
)

const (
	// mostStreams limits the live views of one token at a time.
	mostStreams = 16
	// streamBeat is the time between two readings of a run.
	streamBeat = 2 * time.Second
	// streamLife limits a stream; the browser then reconnects, with the caller's current role.
	streamLife = 10 * time.Minute
	// mostChanges limits the devices in one update.
	mostChanges = 500
)

// streams counts the live views of each caller. The zero streams is ready for use.
type streams struct {
	mutex sync.Mutex
	of    map[streamKey]int
}

// streamKey is a caller: a guest may have the name of a token.
type streamKey struct {
	name  string
	guest bool
}

func keyOf(person httpserver.Person) streamKey { return streamKey{person.Name, person.Guest} }

// begin counts one more view; false if the caller has too many.
func (s *streams) begin(person httpserver.Person) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.of == nil {
		s.of = map[streamKey]int{}
	}
	if s.of[keyOf(person)] >= mostStreams {
		return false
	}
	s.of[keyOf(person)]++
	return true
}

func (s *streams) end(person httpserver.Person) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.of[keyOf(person)]--; s.of[keyOf(person)] == 0 {
		delete(s.of, keyOf(person))
	}
}

// update is one message to a live view.
type update struct {
	progress
	State string `json:"state"`
	// Changed has the words that are new to the view, by position.
	Changed map[int]changed `json:"changed,omitempty"`
}

type changed struct {
	Word  string     `json:"word"`
	Tone  string     `json:"tone"`
	Doing string     `json:"doing,omitempty"`
	Since *time.Time `json:"since,omitempty"`
}

// changedOf is what a live view shows of a row.
func changedOf(row RunRow) changed {
	c := changed{Word: row.Word, Tone: row.Tone, Doing: row.Doing}
	if !row.Since.IsZero() {
		c.Since = &row.Since
	}
	return c
}

// same reports whether a view that shows before need not be told.
func (c changed) same(before changed) bool {
	return c.Word == before.Word && c.Doing == before.Doing && (c.Since == nil) == (before.Since == nil) &&
		(c.Since == nil || c.Since.Equal(*before.Since))
}

// events streams a run's progress, as server-sent events, until the run has ended.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	person := httpserver.PersonOf(r.Context())
	if !s.streams.begin(person) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many live views; reload the page instead", http.StatusServiceUnavailable)
		return
	}
	defer s.streams.end(person)
	run, err := s.Data.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	s.stream(w, r, run)
}

func (s *Site) stream(w http.ResponseWriter, r *http.Request, run RunDetail) {
	to, control := s.patient(w), http.NewResponseController(w)
	begun, known := s.Now(), map[int]changed{}
	for s.Now().Sub(begun) < streamLife {
		name := "progress"
		if !run.Head.Ended.IsZero() {
			name = "end"
		}
		text, err := json.Marshal(updateOf(run, known, s.Now()))
		if err != nil {
			return
		}
		_, err = fmt.Fprintf(to, "event: %s\ndata: %s\n\n", name, text)
		if err != nil || control.Flush() != nil || name == "end" {
			return
		}
		if s.Sleep(r.Context(), streamBeat) != nil || s.Until.Err() != nil || !s.sessions.lasts(r) {
			return
		}
		if run, err = s.Data.Run(r.Context(), run.Head.ID); err != nil {
			return
		}
	}
}

// updateOf has what is not in known yet, and adds it there. The first update has all words: devices may have moved since
// the page was made, or while the line was down.
func updateOf(run RunDetail, known map[int]changed, now time.Time) update {
	u := update{progress: progressOf(run, now), State: outcomeOf(run.Head).Word, Changed: map[int]changed{}}
	for _, row := range run.Devices {
		one := changedOf(row)
		if before, met := known[row.Position]; (!met || !one.same(before)) && len(u.Changed) < mostChanges {
			u.Changed[row.Position] = one
			known[row.Position] = one
		}
	}
	return u
}

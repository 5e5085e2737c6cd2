package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// mostStreams is how many live views there may be at a time.
	mostStreams = 64
	// streamBeat is how often a run is looked at for them.
	streamBeat = 2 * time.Second
	// streamLife is when a stream ends; the browser then asks anew, as whom it is by then.
	streamLife = 10 * time.Minute
	// mostChanges bounds what one update says of single devices.
	mostChanges = 500
)

// update is what a live view is sent.
type update struct {
	progress
	State string `json:"state"`
	// Changed are the words of devices that were not told before, by position.
	Changed map[int]changed `json:"changed,omitempty"`
}

type changed struct {
	Word string `json:"word"`
	Tone string `json:"tone"`
}

// events sends how a run goes on, as server-sent events, until it has ended.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many live views; the page can be loaded again instead", http.StatusServiceUnavailable)
		return
	}
	run, err := s.source.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	s.stream(w, r, run)
}

func (s *Site) stream(w http.ResponseWriter, r *http.Request, run RunDetail) {
	to, control, begun := s.patient(w), http.NewResponseController(w), s.Now()
	known := map[int]string{}
	for s.Now().Sub(begun) < streamLife {
		name := "progress"
		if !run.Head.Ended.IsZero() {
			name = "end"
		}
		text, err := json.Marshal(updateOf(run, known))
		if err != nil {
			return
		}
		if _, err := fmt.Fprintf(to, "event: %s\ndata: %s\n\n", name, text); err != nil || control.Flush() != nil || name == "end" {
			return
		}
		if s.Sleep(r.Context(), streamBeat) != nil || s.Until.Err() != nil {
			return
		}
		if run, err = s.source.Run(r.Context(), run.Head.ID); err != nil {
			return
		}
	}
}

// updateOf says what is new since the words that are known, and makes them known. At first none
// are: a device may have moved since the page was made, or while the line was down.
func updateOf(run RunDetail, known map[int]string) update {
	u := update{progress: progressOf(run), State: run.Head.State, Changed: map[int]changed{}}
	for _, row := range run.Devices {
		if known[row.Position] != row.Word && len(u.Changed) < mostChanges {
			u.Changed[row.Position] = changed{row.Word, row.Tone}
			known[row.Position] = row.Word
		}
	}
	return u
}

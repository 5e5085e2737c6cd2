package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// mostStreams limits the live views at a time.
	mostStreams = 64
	// streamBeat is the time between two readings of a run.
	streamBeat = 2 * time.Second
	// streamLife limits a stream; the browser then reconnects, with the caller's current role.
	streamLife = 10 * time.Minute
	// mostChanges limits the devices in one update.
	mostChanges = 500
)

// update is one message to a live view.
type update struct {
	progress
	State string `json:"state"`
	// Changed has the words that are new to the view, by position.
	Changed map[int]changed `json:"changed,omitempty"`
}

type changed struct {
	Word string `json:"word"`
	Tone string `json:"tone"`
}

// events streams a run's progress, as server-sent events, until the run has ended.
func (s *Site) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many live views; reload the page instead", http.StatusServiceUnavailable)
		return
	}
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
	begun, known := s.Now(), map[int]string{}
	for s.Now().Sub(begun) < streamLife {
		name := "progress"
		if !run.Head.Ended.IsZero() {
			name = "end"
		}
		text, err := json.Marshal(updateOf(run, known))
		if err != nil {
			return
		}
		_, err = fmt.Fprintf(to, "event: %s\ndata: %s\n\n", name, text)
		if err != nil || control.Flush() != nil || name == "end" {
			return
		}
		if s.Sleep(r.Context(), streamBeat) != nil || s.Until.Err() != nil {
			return
		}
		if run, err = s.Data.Run(r.Context(), run.Head.ID); err != nil {
			return
		}
	}
}

// updateOf has the words that are not in known yet, and adds them there. The first update has
// all words: devices may have moved since the page was made, or while the line was down.
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

package web

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/output/summary"
	"github.com/acfix/acfix/remediate"
)

// progress is the progress of a run.
type progress struct {
	Devices int         `json:"devices"`
	Settled int         `json:"settled"` // have a result
	Skipped int         `json:"skipped"` // never started
	InHand  int         `json:"in_hand"`
	Words   []wordCount `json:"words"`
	Waves   []wave      `json:"waves"`
}

type wordCount struct {
	Word    string `json:"word"`
	Count   int    `json:"count"`
	Tone    string `json:"tone"`
	Link    string `json:"link"`
	gravity int
}

// wave is the progress of a wave. Its state is one word of waveStates.
type wave struct {
	Number  int        `json:"number"`
	Devices int        `json:"devices"`
	Settled int        `json:"settled"`
	Skipped int        `json:"skipped"`
	Failed  int        `json:"failed"`
	State   string     `json:"state"`
	Until   *time.Time `json:"until,omitempty"` // the end of a soak or a pause
	Link    string     `json:"-"`
	begun   bool       // a device of it was started
	ended   time.Time  // of its last device
}

// Percent is how much of the wave is done, for the width of its bar.
func (w wave) Percent() int { return summary.Percent(w.Settled, w.Devices) }

// The states of a wave.
const (
	waveWaits   = "waiting"
	waveRuns    = "running"
	waveSoaks   = "soaking"
	waveChecked = "read again" // after the soak
	wavePauses  = "pause"
	waveDone    = "done"
	waveLeft    = "left"         // the run has ended before it
	waveCut     = "not finished" // some of its devices were skipped
)

// The words of devices without a result.
const (
	wordWaiting = report.WordWaiting
	wordInHand  = report.WordInHand
	wordSkipped = string(remediate.Skipped)
)

func progressOf(run RunDetail, now time.Time) progress {
	p := progress{Devices: len(run.Devices)}
	words, waves := map[string]*wordCount{}, map[int]*wave{}
	for _, row := range run.Devices {
		if words[row.Word] == nil {
			words[row.Word] = &wordCount{
				Word: row.Word, Tone: row.Tone, gravity: row.Gravity, Link: runAddress(run.Head.ID, row.Word, ""),
			}
		}
		if waves[row.Wave] == nil {
			waves[row.Wave] = &wave{Number: row.Wave, Link: runPart(run.Head.ID, runChoice{Wave: row.Wave}, "")}
		}
		words[row.Word].Count++
		waves[row.Wave].Devices++
		waves[row.Wave].begun = waves[row.Wave].begun || row.Word != wordWaiting && row.Word != wordSkipped
		if row.Ended.After(waves[row.Wave].ended) {
			waves[row.Wave].ended = row.Ended
		}
		switch {
		case row.Word == wordInHand:
			p.InHand++
		case row.Word == wordSkipped:
			p.Skipped++
			waves[row.Wave].Skipped++
		case row.Word != wordWaiting:
			p.Settled++
			waves[row.Wave].Settled++
		}
		if row.Gravity == 0 {
			waves[row.Wave].Failed++
		}
	}
	for _, counted := range words {
		p.Words = append(p.Words, *counted)
	}
	for _, counted := range waves {
		p.Waves = append(p.Waves, *counted)
	}
	slices.SortFunc(p.Words, func(a, b wordCount) int {
		return cmp.Or(a.gravity-b.gravity, strings.Compare(a.Word, b.Word))
	})
	slices.SortFunc(p.Waves, func(a, b wave) int { return a.Number - b.Number })
	setStates(p.Waves, run, now)
	return p
}

// setStates says where each wave stands. A soak or a pause is not on record: it lasts from the wave's last device until
// the next wave begins.
func setStates(waves []wave, run RunDetail, now time.Time) {
	over := !run.Head.Ended.IsZero() || run.Head.State == "interrupted"
	for i := range waves {
		w := &waves[i]
		last := i+1 == len(waves)
		switch {
		case w.passed() && !over && (last || !waves[i+1].begun):
			w.State, w.Until = waitAfter(*w, run.Pace, last, now)
		case (w.passed() || over) && w.begun:
			w.State = w.end()
		case over:
			w.State = waveLeft
		case w.begun:
			w.State = waveRuns
		default:
			w.State = waveWaits
		}
	}
}

// passed reports whether no device of the wave waits or is in progress.
func (w wave) passed() bool { return w.Settled+w.Skipped == w.Devices }

// end is the state of a wave to which nothing more happens.
func (w wave) end() string {
	if w.Settled < w.Devices {
		return waveCut
	}
	return waveDone
}

// waitAfter is the state of a wave whose devices are all done, while the next one has not begun.
func waitAfter(w wave, pace RunPace, last bool, now time.Time) (state string, until *time.Time) {
	soaks := w.ended.Add(pace.Soak)
	pauses := soaks.Add(pace.Pause)
	switch {
	case w.ended.IsZero() || pace.Soak == 0 && pace.Pause == 0:
		return w.end(), nil
	case pace.Soak > 0 && now.Before(soaks):
		return waveSoaks, &soaks
	case pace.Pause > 0 && !last && now.Before(pauses):
		return wavePauses, &pauses
	case pace.Soak > 0:
		return waveChecked, nil
	default:
		return w.end(), nil
	}
}

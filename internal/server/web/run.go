package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/store"
)

// runsPage is the data of the template of all runs.
type runsPage struct {
	Filter  RunFilter
	Runs    []runLine
	Older   string
	Actions []string
	States  []string
}

type runLine struct {
	report.RunHead
	Tone string
}

// perRuns is the number of runs listed at a time, mostRuns the limit.
const (
	perRuns  = 50
	mostRuns = 1000
)

// stateTones are the tones of a run's states; an unknown state is bad.
var stateTones = map[string]string{
	"running": "wait", "paused": "wait", "waiting": "wait", "approved": "wait", "done": "good",
	"rejected": "idle", "superseded": "idle", "expired": "idle",
	"stopped": "bad", "interrupted": "bad", "failed": "bad",
}

// goodExits are the exit codes that need no attention: done, and changes pending.
var goodExits = []int{0, 2}

func (s *Site) runs(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	filter := RunFilter{Action: query.Get("action"), Job: query.Get("job"), State: query.Get("state"), Limit: perRuns}
	if n, err := strconv.Atoi(query.Get("limit")); err == nil {
		filter.Limit = min(max(perRuns, n), mostRuns)
	}
	asked := filter
	asked.Limit++
	heads, err := s.Data.Runs(r.Context(), asked)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	page := runsPage{
		Filter: filter, Actions: []string{"plan", "apply", "dry_run", "restore"},
	}
	for _, state := range store.RunStates() {
		page.States = append(page.States, string(state))
	}
	if len(heads) > filter.Limit && filter.Limit < mostRuns {
		query.Set("limit", strconv.Itoa(filter.Limit+perRuns))
		page.Older = "/runs?" + query.Encode()
	}
	for _, head := range heads[:min(len(heads), filter.Limit)] {
		page.Runs = append(page.Runs, runLine{RunHead: head, Tone: runTone(head)})
	}
	s.show(w, r, "runs", "Runs", page)
}

// stateWaiting is the state of a run whose plan waits for approval.
const stateWaiting = string(store.RunWaiting)

// rejectable are the states of a run whose plan can be rejected.
var rejectable = []string{stateWaiting, string(store.RunApproved)}

// runTone is the tone of a run's state. A completed run is bad if devices failed or need manual work.
func runTone(head report.RunHead) string {
	tone := cmp.Or(stateTones[head.State], "bad")
	if tone == "good" && head.Exit != nil && !slices.Contains(goodExits, *head.Exit) {
		return "bad"
	}
	return tone
}

// runPage is the data of the template of a run.
type runPage struct {
	Head     report.RunHead
	Tone     string
	Progress progress
	Word     string // the selected one
	Devices  []report.Shown
	Pager    pager
	Waiting  bool // for approval
	Approved bool // and not carried out yet
	Approval *approvalView
	Formats  []format
}

func (s *Site) run(w http.ResponseWriter, r *http.Request) {
	run, err := s.Data.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	word := r.URL.Query().Get("word")
	page := runPage{
		Head: run.Head, Tone: runTone(run.Head), Progress: progressOf(run), Word: word,
		Waiting: run.Head.State == stateWaiting, Approved: run.Head.State == string(store.RunApproved), Formats: formats,
	}
	if page.Approval, err = s.approvalOf(r.Context(), run); err != nil {
		s.fail(w, r, err)
		return
	}
	rows := slices.Clone(run.Devices)
	if word != "" {
		rows = slices.DeleteFunc(rows, func(row RunRow) bool { return row.Word != word })
	}
	slices.SortStableFunc(rows, func(a, b RunRow) int { return a.Gravity - b.Gravity })
	wanted, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page.Pager = newPager(len(rows), perPage, wanted, func(n string) string { return runAddress(run.Head.ID, word, n) })
	page.Devices, err = s.shown(r.Context(), run.Head, rows[page.Pager.from:page.Pager.to])
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "run", "Run "+run.Head.ID, page)
}

func runAddress(id, word, page string) string {
	query := url.Values{}
	for name, value := range map[string]string{"word": word, "page": page} {
		if value != "" {
			query.Set(name, value)
		}
	}
	address := "/runs/" + url.PathEscape(id)
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

// shown returns the devices of rows, in their order.
func (s *Site) shown(ctx context.Context, head report.RunHead, rows []RunRow) ([]report.Shown, error) {
	positions := make([]int, len(rows))
	for i, row := range rows {
		positions[i] = row.Position
	}
	devices, err := s.Data.RunDevices(ctx, head.ID, positions)
	list := make([]report.Shown, 0, len(devices))
	for _, device := range devices {
		list = append(list, head.Show(device))
	}
	return list, err
}

// progress is the progress of a run.
type progress struct {
	Devices int         `json:"devices"`
	Settled int         `json:"settled"` // have a result
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

type wave struct {
	Number  int `json:"number"`
	Devices int `json:"devices"`
	Settled int `json:"settled"`
	Failed  int `json:"failed"`
}

// The words of devices without a result.
const (
	wordWaiting = report.WordWaiting
	wordInHand  = report.WordInHand
)

func progressOf(run RunDetail) progress {
	p := progress{Devices: len(run.Devices)}
	words, waves := map[string]*wordCount{}, map[int]*wave{}
	for _, row := range run.Devices {
		if words[row.Word] == nil {
			words[row.Word] = &wordCount{
				Word: row.Word, Tone: row.Tone, gravity: row.Gravity, Link: runAddress(run.Head.ID, row.Word, ""),
			}
		}
		if waves[row.Wave] == nil {
			waves[row.Wave] = &wave{Number: row.Wave}
		}
		words[row.Word].Count++
		waves[row.Wave].Devices++
		switch {
		case row.Word == wordInHand:
			p.InHand++
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
	return p
}

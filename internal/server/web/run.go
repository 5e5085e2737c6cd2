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
	clock
	Filter  RunFilter
	Result  string
	Runs    []runLine
	Older   string
	Actions []string
	Results []string
}

// Filtered reports whether the page leaves runs out.
func (p runsPage) Filtered() bool {
	f := p.Filter
	return f.Action != "" || f.State != "" || f.Job != "" || f.Device != "" || p.Result != ""
}

type runLine struct {
	report.RunHead
	outcome
	Counts []report.WordCount
}

// Devices is the number of devices of the run.
func (l runLine) Devices() int {
	n := 0
	for _, of := range l.Counts {
		n += of.Count
	}
	return n
}

// perRuns is the number of runs listed at a time, mostRuns the limit.
const (
	perRuns  = 50
	mostRuns = 1000
)

func (s *Site) runs(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	page := runsPage{
		clock: clock{s.Now()}, Result: query.Get("result"), Actions: []string{"plan", "apply", "dry_run", "restore"},
		Results: outcomeWords(), Filter: RunFilter{
			Action: query.Get("action"), Job: query.Get("job"), State: query.Get("state"),
			Device: strings.TrimSpace(query.Get("device")), Limit: perRuns,
		},
	}
	if n, err := strconv.Atoi(query.Get("limit")); err == nil {
		page.Filter.Limit = min(max(perRuns, n), mostRuns)
	}
	heads, err := s.heads(r.Context(), page.Filter, page.Result)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if len(heads) > page.Filter.Limit && page.Filter.Limit < mostRuns {
		query.Set("limit", strconv.Itoa(page.Filter.Limit+perRuns))
		page.Older = "/runs?" + query.Encode()
	}
	heads = heads[:min(len(heads), page.Filter.Limit)]
	counts, err := s.Data.Counts(r.Context(), heads)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	for _, head := range heads {
		page.Runs = append(page.Runs, runLine{RunHead: head, outcome: outcomeOf(head), Counts: counts[head.ID]})
	}
	s.show(w, r, "runs", "Runs", page)
}

// heads returns the runs that the filter selects and that have the result, and one run more than its limit if there are
// more. The store has no column for a result, so the page searches the newest runs.
func (s *Site) heads(ctx context.Context, filter RunFilter, result string) ([]report.RunHead, error) {
	asked := filter
	asked.Limit++
	if result != "" {
		asked.Limit = mostRuns
	}
	heads, err := s.Data.Runs(ctx, asked)
	if err != nil || result == "" {
		return heads, err
	}
	other := func(head report.RunHead) bool { return outcomeOf(head).Word != result }
	return slices.DeleteFunc(slices.Clone(heads), other), nil
}

// stateWaiting is the state of a run whose plan waits for approval.
const stateWaiting = string(store.RunWaiting)

// undecided are the states of a run whose plan a person can reject; rejectable are those and that of a paused run, which
// a rejection ends.
var (
	undecided  = []string{stateWaiting, string(store.RunApproved)}
	rejectable = slices.Concat(undecided, []string{string(store.RunPaused)})
)

// runPage is the data of the template of a run.
type runPage struct {
	clock
	Head report.RunHead
	outcome
	Progress progress
	Pace     RunPace
	Control  RunControl
	Chosen   runChoice
	Blocks   []block
	Shown    int // devices on this page
	Pager    pager
	Waiting  bool // for approval
	Approved bool // and not carried out yet
	Approval *approvalView
	Formats  []format
}

// runChoice selects devices of a run.
type runChoice struct {
	Word string
	Wave int // counted from 1; 0 for all
}

func (c runChoice) selects(row RunRow) bool {
	return (c.Word == "" || row.Word == c.Word) && (c.Wave == 0 || row.Wave == c.Wave)
}

// rows are the selected rows, problems first, and equal reasons together.
func (c runChoice) rows(all []RunRow) []*RunRow {
	rows := make([]*RunRow, 0, len(all))
	for i := range all {
		if c.selects(all[i]) {
			rows = append(rows, &all[i])
		}
	}
	slices.SortStableFunc(rows, func(a, b *RunRow) int {
		return cmp.Or(a.Gravity-b.Gravity, strings.Compare(a.Word, b.Word), strings.Compare(a.Reason, b.Reason))
	})
	return rows
}

func (s *Site) run(w http.ResponseWriter, r *http.Request) {
	run, err := s.Data.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	chosen := runChoice{Word: r.URL.Query().Get("word")}
	chosen.Wave, _ = strconv.Atoi(r.URL.Query().Get("wave"))
	page := runPage{
		clock: clock{s.Now()}, Head: run.Head, outcome: outcomeOf(run.Head), Progress: progressOf(run, s.Now()),
		Pace: run.Pace, Control: run.Control, Chosen: chosen,
		Waiting: run.Head.State == stateWaiting, Approved: run.Head.State == string(store.RunApproved), Formats: formats,
	}
	if page.Approval, err = s.approvalOf(r.Context(), run); err != nil {
		s.fail(w, r, err)
		return
	}
	rows := chosen.rows(run.Devices)
	wanted, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page.Pager = newPager(len(rows), perPage, wanted, func(n string) string {
		return runPart(run.Head.ID, chosen, n)
	})
	var shown []RunRow
	for _, row := range rows[page.Pager.from:page.Pager.to] {
		shown = append(shown, *row)
	}
	page.Shown = len(shown)
	if page.Blocks, err = s.blocks(r.Context(), run.Head, shown); err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "run", report.Spaced(run.Head.Action)+" "+run.Head.ID, page)
}

// runPart is the address of some devices of a run.
func runPart(id string, chosen runChoice, page string) string {
	query := url.Values{}
	for name, value := range map[string]string{"word": chosen.Word, "wave": number(chosen.Wave), "page": page} {
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

func runAddress(id, word, page string) string { return runPart(id, runChoice{Word: word}, page) }

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

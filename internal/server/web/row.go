package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/records/known"
	"github.com/acfix/acfix/remediate"
)

// FleetRow is a device in the fleet table: as it was last read, and what its last run came to.
type FleetRow struct {
	Name, URL, Product, Serial string
	Addresses                  []string          // where it was met, URL first
	Listed                     bool              // an inventory of the jobs has it
	Firmware                   string            // as people write it
	Contexts                   string            // TLS Contexts that serve Teams
	MutualTLS                  string            // on, off, unknown, mixed; "" where it was not read
	Verdict, Tone              string            // of the last reading; wordNotRead where there is none
	Gravity                    int               // of the more urgent of verdict and result
	Roots                      []report.RootCell // each the worst of all TLS Contexts
	Missing                    int               // -1 if not read
	Expires                    time.Time         // earliest end of a certificate; zero: not read
	Read                       time.Time         // of the last reading; zero: never
	Result, ResultTone         string            // of the last run; "" for none
	Ended                      time.Time         // of that run's work on the device
	Run                        string            // that run
	Tags, Jobs                 []string          // as of the inventories of the jobs
	Group                      string            // the name of one of groups
	Whys                       []Why             // why it needs a person
	// ReadingWhys and ResultWhys are the reasons of the last reading and of the last run.
	ReadingWhys, ResultWhys []Why
}

// Met reports whether a run has met the device, so that it has a page.
func (r *FleetRow) Met() bool { return r.Result != "" || r.Verdict != wordNotRead }

// wordNotRead is the verdict of a device that was never read.
const wordNotRead = report.WordNotRead

// FleetRowOf makes the row of a device. reading is the device as it was read last; nil if it never was.
func FleetRowOf(d known.Device, reading *report.RunDevice) FleetRow {
	row := FleetRow{Missing: -1, Roots: unread()}
	if reading != nil && reading.Plan != nil {
		row.addReading(*reading)
	}
	row.Put(d)
	return row
}

// Put sets what the row says of the device apart from the facts of its reading.
func (r *FleetRow) Put(d known.Device) {
	r.put(d)
	r.Tags, r.Jobs = d.Tags, d.Jobs
	r.Group = groupOf(r.Verdict, r.Result)
	if r.Whys = nil; r.Group == groups[0].Name {
		r.Whys = r.reasons()
	}
}

func (r *FleetRow) put(d known.Device) {
	r.Name, r.URL, r.Addresses, r.Listed = d.Name, d.URL, d.Addresses, d.Listed
	r.Verdict, r.Read, r.Missing = cmp.Or(d.Verdict, wordNotRead), d.Read, d.Missing
	r.Result, r.Ended, r.Run = d.Result, d.Ended, d.ResultRun
	if r.Result != "" {
		r.ResultTone, r.Gravity = report.ToneOf(r.Result)
		r.Tone = r.ResultTone
	}
	if d.Verdict == "" {
		return
	}
	tone, gravity := report.ToneOf(d.Verdict)
	if r.Result == "" || gravity < r.Gravity || r.ResultTone == "idle" {
		r.Gravity = gravity
	}
	r.Tone = tone
}

// addReading adds the facts of a reading.
func (r *FleetRow) addReading(reading report.RunDevice) {
	told := reading.Plan.Device
	r.Product, r.Serial, r.Firmware = told.Product, told.Serial, cmp.Or(told.Release, told.Firmware)
	r.MutualTLS = mutual(reading.Plan.Teams)
	r.ReadingWhys = whysOf(reading.Plan.Error, reading.Plan.Findings)
	r.addContexts(shownReading(reading), reading.Plan.Contexts)
}

// shownReading is the device as it was read; a result belongs to it if it was applied.
func shownReading(reading report.RunDevice) report.Shown {
	action := "plan"
	if reading.Result != nil {
		action = "apply"
	}
	return report.RunHead{Action: action, Ended: reading.Ended, State: "interrupted"}.Show(reading)
}

func unread() []report.RootCell {
	return slices.Repeat([]report.RootCell{report.UnreadRoot()}, len(certs.Required()))
}

// addContexts adds what the TLS Contexts of Teams say.
func (r *FleetRow) addContexts(shown report.Shown, contexts []remediate.ContextPlan) {
	var labels []string
	for i, context := range contexts {
		labels = append(labels, strings.TrimSpace(fmt.Sprintf("%d %s", context.ID, context.Name)))
		cells := shown.RootCells(context)
		for root, cell := range cells {
			if i == 0 || worse(cell, r.Roots[root]) {
				r.Roots[root] = cell
			}
		}
		at, err := time.Parse(time.RFC3339, context.CertificateExpires)
		if err == nil && (r.Expires.IsZero() || at.Before(r.Expires)) {
			r.Expires = at
		}
	}
	r.Contexts = strings.Join(labels, ", ")
}

var badness = []string{"good", "idle", "wait", "bad"}

func worse(a, b report.RootCell) bool {
	return slices.Index(badness, a.Tone) > slices.Index(badness, b.Tone)
}

func mutual(legs []remediate.TeamsLeg) string {
	word := ""
	for _, leg := range legs {
		switch own := string(leg.MutualTLS); word {
		case "", own:
			word = own
		default:
			return "mixed"
		}
	}
	return word
}

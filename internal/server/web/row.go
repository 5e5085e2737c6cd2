package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// FleetRow is a device in the fleet table.
type FleetRow struct {
	Name, URL, Product, Serial string
	Firmware                   string // as people write it
	Contexts                   string // TLS Contexts that serve Teams
	MutualTLS                  string // on, off, unknown, mixed; "" where it was not read
	Verdict, Word, Tone        string // Word is the newest run's, Verdict what it counts as
	Gravity                    int
	Roots                      []report.RootCell // each the worst of all TLS Contexts
	Missing                    int               // -1 if not read
	Expires                    time.Time         // earliest end of a certificate; zero: not read
	Seen                       time.Time         // of the device's last answer; zero: never
	Ended                      time.Time         // of its newest run
	Run                        string
	Position                   int
}

// FleetRowOf makes the row of a device from its newest run. verdict says what a word counts as.
func FleetRowOf(head report.RunHead, device report.RunDevice, verdict func(word string) string) FleetRow {
	shown := head.Show(device)
	row := FleetRow{
		Name: device.Target, URL: device.URL,
		Word: shown.Word, Verdict: verdict(shown.Word), Tone: shown.Tone(), Gravity: shown.Gravity(),
		Product: shown.Identity.Product, Serial: shown.Identity.Serial, Firmware: shown.Identity.Release,
		Missing: -1, Ended: device.Ended, Run: head.ID, Position: device.Position, Roots: unread(),
	}
	if row.Firmware == "" {
		row.Firmware = shown.Identity.Firmware
	}
	if row.Serial != "" || row.Firmware != "" {
		row.Seen = device.Ended
	}
	if device.Plan != nil {
		row.MutualTLS = mutual(device.Plan.Teams)
		row.addContexts(shown, device.Plan.Contexts)
		if missing, known := device.Plan.MissingRoots(); known && shown.Word == string(remediate.Applied) {
			row.Missing = 0
		} else if known {
			row.Missing = missing
		}
	}
	return row
}

func unread() []report.RootCell {
	return slices.Repeat([]report.RootCell{{Word: "not read", Tone: "idle"}}, len(certs.Required()))
}

// addContexts adds what the TLS Contexts of Teams say.
func (r *FleetRow) addContexts(shown report.Shown, contexts []remediate.ContextPlan) {
	var labels []string
	for i, context := range contexts {
		labels = append(labels, strings.TrimSpace(fmt.Sprintf("%d %s", context.ID, context.Name)))
		cells := RootCells(shown, context)
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

// RootCells returns a TLS Context's required roots after the run. Unlike in reports, a disabled bundle has none.
func RootCells(shown report.Shown, context remediate.ContextPlan) []report.RootCell {
	cells := shown.RootCells(context)
	applied := shown.Word == string(remediate.Applied)
	for i, cell := range cells {
		if cell.Word == string(remediate.RootBundled) && !context.BundleIsOn() && !applied {
			cells[i] = report.RootCell{Word: "bundle off", Tone: "bad"}
		}
	}
	return cells
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

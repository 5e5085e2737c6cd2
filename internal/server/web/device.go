package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/remediate"
)

// devicePage is the data of the device template.
type devicePage struct {
	DeviceDetail
	Shown       report.Shown // by its newest run
	Row         FleetRow
	First       doFirst
	Stale       bool // another run than the newest read it last
	Applied     bool // the reading's run applied its plan and verified it after that
	Timeline    []streak
	Restore     *restoreView
	Told        remediate.Identity // of the last reading
	Contexts    []contextView
	Certificate []remediate.Finding // about the SBC's own certificate
	Findings    []remediate.Finding // all others
	Expiring    bool                // the certificate's end is known
	Roots       []string
	Recent      []JournalEntry // newest first
	Older       int            // entries left out
}

// contextView is a TLS Context that serves Teams.
type contextView struct {
	remediate.ContextPlan
	Bundle  string
	Expires string
	Cells   []report.RootCell
}

// mostEntries limits the journal entries on a page.
const mostEntries = 100

func (s *Site) device(w http.ResponseWriter, r *http.Request) {
	address := r.URL.Query().Get("url")
	if name := r.URL.Query().Get("name"); address == "" && name != "" {
		s.deviceByName(w, r, name)
		return
	}
	device, err := s.Data.Device(r.Context(), address)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "device", device.Known.Name, s.devicePage(device))
}

// deviceByName redirects to the device of that name, or to a list of all that share it.
func (s *Site) deviceByName(w http.ResponseWriter, r *http.Request, name string) {
	var found []FleetRow
	for _, row := range s.Data.Fleet().Rows {
		if row.Name == name {
			found = append(found, row)
		}
	}
	switch len(found) {
	case 0:
		s.fail(w, r, ErrUnknown)
	case 1:
		http.Redirect(w, r, "/device?"+url.Values{"url": {found[0].URL}}.Encode(), http.StatusSeeOther)
	default:
		http.Redirect(w, r, "/?"+url.Values{"q": {name}}.Encode(), http.StatusSeeOther)
	}
}

func (s *Site) devicePage(device DeviceDetail) devicePage {
	page := devicePage{
		DeviceDetail: device, Shown: device.Head.Show(device.Device), Roots: rootNames(),
		Row: FleetRowOf(device.Known, device.Reading),
	}
	page.Expiring = !page.Row.Expires.IsZero()
	found := findingsOf(page.Shown, device)
	page.First, page.Stale = doFirstOf(device, page.Shown, found), device.Known.ReadRun != device.Head.ID
	page.Timeline, page.Restore = streaksOf(device.History), restoreOf(device, s.Store)
	for _, finding := range found {
		switch {
		case page.First.has(finding):
		case strings.HasPrefix(finding.Code, "certificate_"):
			page.Certificate = append(page.Certificate, finding)
		default:
			page.Findings = append(page.Findings, finding)
		}
	}
	if device.Reading != nil && device.Reading.Plan != nil {
		page.Told, page.Applied = device.Reading.Plan.Device, device.Reading.Result != nil
		shown := shownReading(*device.Reading)
		for _, context := range device.Reading.Plan.Contexts {
			page.Contexts = append(page.Contexts, contextViewOf(shown, context))
		}
	}
	page.Older = max(0, len(device.Journal)-mostEntries)
	page.Recent = slices.Clone(device.Journal[page.Older:])
	slices.Reverse(page.Recent)
	for i, entry := range page.Recent {
		page.Recent[i].Text = shortened(entry.Text)
	}
	return page
}

// findingsOf are those of the newest run, or of the last reading if that run could not read the device.
func findingsOf(shown report.Shown, device DeviceDetail) []remediate.Finding {
	if device.Reading == nil || device.Known.ReadRun == device.Head.ID {
		return shown.Findings
	}
	return shownReading(*device.Reading).Findings
}

// shortened cuts a journal entry: a baseline's digests are long.
func shortened(text string) string {
	short := foreign.Cut(text, 600)
	if short != text {
		short += " … (complete in the file)"
	}
	return short
}

func contextViewOf(shown report.Shown, context remediate.ContextPlan) contextView {
	view := contextView{ContextPlan: context, Bundle: "no such switch", Cells: shown.RootCells(context)}
	if context.UseDefaultCABundle != nil {
		view.Bundle = map[bool]string{true: "on", false: "off"}[shown.BundleIsOn(context)]
	}
	view.Expires, _, _ = strings.Cut(context.CertificateExpires, "T")
	view.Expires = cmp.Or(view.Expires, "not read")
	return view
}

// journal sends a device's whole journal, one JSON document per line.
func (s *Site) journal(w http.ResponseWriter, r *http.Request) {
	device, err := s.Data.Device(r.Context(), r.URL.Query().Get("url"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if device.JournalError != "" {
		s.refuse(w, r, http.StatusServiceUnavailable,
			"The journal can't be read at the moment: "+device.JournalError+".")
		return
	}
	var text strings.Builder
	for _, entry := range device.Journal {
		text.WriteString(entry.Text + "\n")
	}
	attach(w, "application/jsonl", "journal.jsonl")
	_, _ = w.Write([]byte(text.String())) // the client is gone
}

// longestFileName is what file systems take, in bytes.
const longestFileName = 255

// attach makes an answer a file to save: nothing that is downloaded is shown as a page.
func attach(w http.ResponseWriter, kind, name string) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+foreign.FileName(name, longestFileName)+`"`)
}

// backup sends a backup. It holds the configuration, so a form of these pages must ask for it, and the download is
// recorded before the first byte.
func (s *Site) backup(w http.ResponseWriter, r *http.Request) {
	address, run := r.PostFormValue("url"), r.PostFormValue("run")
	kept, err := s.Actions.Backup(r.Context(), address, run)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.Actions.Record(r.Context(), s.auditEntry(r, AuditDownload, address)); err != nil {
		s.fail(w, r, err)
		return
	}
	attach(w, "application/gzip", kept.Name)
	w.Header().Set("Content-Length", strconv.Itoa(len(kept.Data)))
	_, _ = s.patient(w).Write(kept.Data) // the client is gone
}

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

// devicePage is what the template of a device gets.
type devicePage struct {
	Device
	Shown       report.Shown
	Row         Row
	Contexts    []contextView
	Certificate []remediate.Finding // those of the SBC's own certificate
	Findings    []remediate.Finding // the others
	Expiring    bool                // its end was read
	Roots       []string
	Recent      []JournalEntry // newest first
	Older       int            // entries that are left out
	Backups     []backupView
}

// contextView is a TLS Context that serves Teams.
type contextView struct {
	remediate.ContextPlan
	Bundle  string
	Expires string
	Cells   []report.RootCell
}

type backupView struct {
	Kept
	Link string
}

// mostEntries is how much of a journal a page shows.
const mostEntries = 100

func (s *Site) device(w http.ResponseWriter, r *http.Request) {
	address := r.URL.Query().Get("url")
	if name := r.URL.Query().Get("name"); address == "" && name != "" {
		s.deviceByName(w, r, name)
		return
	}
	device, err := s.source.Device(r.Context(), address)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.show(w, r, "device", device.Device.Target, s.devicePage(device))
}

// deviceByName leads to the device of that name, or to all that have it.
func (s *Site) deviceByName(w http.ResponseWriter, r *http.Request, name string) {
	var found []Row
	for _, row := range s.source.Fleet().Rows {
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

func (s *Site) devicePage(device Device) devicePage {
	page := devicePage{
		Device: device, Shown: device.Head.Show(device.Device), Roots: rootNames(),
		Row: RowOf(device.Head, device.Device, func(word string) string { return word }),
	}
	page.Expiring = !page.Row.Expires.IsZero()
	for _, finding := range page.Shown.Findings {
		if strings.HasPrefix(finding.Code, "certificate_") {
			page.Certificate = append(page.Certificate, finding)
		} else {
			page.Findings = append(page.Findings, finding)
		}
	}
	if device.Device.Plan != nil {
		for _, context := range device.Device.Plan.Contexts {
			page.Contexts = append(page.Contexts, contextViewOf(page.Shown, context))
		}
	}
	page.Older = max(0, len(device.Journal)-mostEntries)
	page.Recent = slices.Clone(device.Journal[page.Older:])
	slices.Reverse(page.Recent)
	for i, entry := range page.Recent {
		page.Recent[i].Text = shortened(entry.Text)
	}
	for _, kept := range device.Backups {
		query := url.Values{"url": {device.Device.URL}, "run": {kept.Run}}
		page.Backups = append(page.Backups, backupView{Kept: kept, Link: "/device/backup?" + query.Encode()})
	}
	return page
}

// shortened is an entry of the journal without most of a baseline's digests.
func shortened(text string) string {
	short := foreign.Cut(text, 600)
	if short != text {
		short += " … (all of it is in the file)"
	}
	return short
}

func contextViewOf(shown report.Shown, context remediate.ContextPlan) contextView {
	view := contextView{ContextPlan: context, Bundle: "no such switch", Cells: RootCells(shown, context)}
	if context.UseDefaultCABundle != nil {
		view.Bundle = map[bool]string{true: "on", false: "off"}[*context.UseDefaultCABundle]
	}
	view.Expires, _, _ = strings.Cut(context.CertificateExpires, "T")
	view.Expires = cmp.Or(view.Expires, "not read")
	return view
}

// journal is all of a device's journal, one JSON document a line.
func (s *Site) journal(w http.ResponseWriter, r *http.Request) {
	device, err := s.source.Device(r.Context(), r.URL.Query().Get("url"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if device.JournalError != "" {
		s.refuse(w, r, http.StatusServiceUnavailable, "The journal can't be read now: "+device.JournalError+".")
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

// backup sends a backup. It holds the device's configuration, so who took it is on record
// before the first byte is sent.
func (s *Site) backup(w http.ResponseWriter, r *http.Request) {
	address, run := r.URL.Query().Get("url"), r.URL.Query().Get("run")
	kept, err := s.actions.Backup(r.Context(), address, run)
	if err == nil {
		err = s.actions.Note(r.Context(), s.deed(r, DeedDownload, address))
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	attach(w, "application/gzip", kept.Name)
	w.Header().Set("Content-Length", strconv.Itoa(len(kept.Data)))
	_, _ = s.patient(w).Write(kept.Data) // the client is gone
}

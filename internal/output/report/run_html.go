package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
)

//go:embed run.html
var runHTML string

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"spaced": Spaced, "doubt": Doubt, "gravest": Gravest,
	"tone": func(g grade) string { return gradeTones[g] },
}).Parse(runHTML))

// gradeTones are classes of the page's style.
var gradeTones = [grades]string{
	gradeFailed: "bad", gradeBlocked: "bad", gradePending: "wait", gradeSkipped: "wait", gradeGood: "good", gradeIdle: "idle",
}

// RunHTML writes a run as a self-contained page: failed and blocked devices in full, the required
// roots of every device, then the other devices. Of many devices, those in order name the device whose equal steps or
// findings stand on the page already. The page's only links are its own anchors. It reads the devices once, and
// writes nothing if that fails.
// docs/design/output.md: The page of a run is packed while it waits for its totals
func RunHTML(w io.Writer, head RunHead, devices RunDevices) error {
	h := &htmlRun{head: head}
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		if err := h.add(e); err != nil {
			return err
		}
	}
	h.counted.sort()
	return h.send(w)
}

// htmlRun is the page of a run. What must wait for the totals above it is on shelves.
type htmlRun struct {
	head     RunHead
	counted  tally
	sections [grades]shelf
	roots    shelf
	tails    map[string]string
	lists    lists
}

func (h *htmlRun) add(e Shown) error {
	h.counted.count(e)
	if err := piece(&h.sections[e.Grade], "device", h.folded(e)); err != nil {
		return err
	}
	return h.rows(e)
}

// piece cleans a piece of the page as a whole: line feeds are the only characters of the page itself that Clean would
// replace.
func piece(w io.Writer, name string, data any) error {
	var text strings.Builder
	if err := page.ExecuteTemplate(&text, name, data); err != nil {
		return err
	}
	_, err := io.WriteString(w, foreign.CleanLines(text.String()))
	return err
}

func (h *htmlRun) send(w io.Writer) error {
	top := map[string]any{
		"Title": h.head.title(), "Facts": h.head.Facts(), "Totals": h.counted.totals, "Devices": count(h.counted.devices, "device"),
	}
	for _, part := range []func() error{
		func() error { return piece(w, "top", top) },
		func() error { return h.sendSections(w, gradeFailed, gradeBlocked) },
		func() error { return h.sendMatrix(w) },
		func() error { return h.sendSections(w, gradePending, gradeSkipped, gradeGood, gradeIdle) },
		func() error { return piece(w, "bottom", nil) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (h *htmlRun) sendSections(w io.Writer, wanted ...grade) error {
	for _, g := range wanted {
		if h.counted.grades[g] == 0 {
			continue
		}
		title := map[string]any{"Title": gradeWords[g].title, "Count": h.counted.grades[g]}
		if err := piece(w, "section", title); err != nil {
			return err
		}
		if err := h.sections[g].empty(w); err != nil {
			return err
		}
	}
	return nil
}

func (h *htmlRun) sendMatrix(w io.Writer) error {
	var names []string
	for _, root := range certs.Required() {
		names = append(names, root.Name)
	}
	caption, column := "Roots as read in this run.", "Verdict"
	if !h.head.plans() {
		caption, column = "Roots as read for the plan. Imported: by this run, and verified.", "Status"
	}
	caption += " Bundled: in the default CA bundle according to AudioCodes; the bundle itself can't be read." +
		" Bundle off: in the bundle, which is switched off."
	if err := piece(w, "matrix", map[string]any{"Caption": caption, "Column": column, "Roots": names}); err != nil {
		return err
	}
	if err := h.roots.empty(w); err != nil {
		return err
	}
	return piece(w, "matrixend", nil)
}

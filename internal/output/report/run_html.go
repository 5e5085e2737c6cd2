package report

import (
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

//go:embed run.html
var runHTML string

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"spaced": Spaced, "doubt": Doubt, "grave": grave, "other": other,
	"tone": func(g grade) string { return gradeTones[g] },
}).Parse(runHTML))

// gradeTones are classes of the page's style.
var gradeTones = [grades]string{
	gradeFailed: "bad", gradeBlocked: "bad", gradePending: "wait", gradeSkipped: "wait", gradeGood: "good", gradeIdle: "idle",
}

// RunHTML writes a run as a self-contained page: failed and blocked devices, the required roots of every device, then
// the other devices. Devices that read alike share an article; steps and remarks unfold. The page's only links are its
// own anchors. It reads the devices once, and writes nothing if that fails.
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
	sections [grades]htmlSection
	roots    shelf
	tails    map[string]string
}

func (h *htmlRun) add(e Shown) error {
	h.counted.count(e)
	if err := h.sections[e.Grade].add(e); err != nil {
		return err
	}
	return h.rows(e)
}

// piece cleans a piece of the page as a whole: line feeds are the only characters of the page itself that Clean would
// replace.
func piece(w io.Writer, name string, data any) error {
	text, err := pieceText(name, data)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, text)
	return err
}

func pieceText(name string, data any) (string, error) {
	var text strings.Builder
	if err := page.ExecuteTemplate(&text, name, data); err != nil {
		return "", err
	}
	return foreign.CleanLines(text.String()), nil
}

// grave returns the errors and warnings among findings, the gravest first; other returns the rest, which unfolds.
func grave(findings []remediate.Finding) []remediate.Finding {
	return slices.DeleteFunc(slices.Clone(Gravest(findings)), func(f remediate.Finding) bool { return !isGrave(f) })
}

func other(findings []remediate.Finding) []remediate.Finding {
	return slices.DeleteFunc(slices.Clone(Gravest(findings)), isGrave)
}

func isGrave(f remediate.Finding) bool { return f.Level != remediate.Info && f.Waived == nil }

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
		if err := h.sections[g].send(w); err != nil {
			return err
		}
	}
	return nil
}

func (h *htmlRun) sendMatrix(w io.Writer) error {
	var names []string
	for _, root := range h.head.rootColumns() {
		names = append(names, root.Name)
	}
	if names == nil {
		names = []string{"Required roots"}
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

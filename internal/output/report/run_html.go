package report

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/remediate"
)

//go:embed run.html
var runHTML string

var page = template.Must(template.New("").Funcs(template.FuncMap{
	"spaced": Spaced, "doubt": Doubt, "gravest": Gravest,
	"tone": func(g grade) string { return gradeTones[g] },
}).Parse(runHTML))

// gradeTones are classes of the page's style.
var gradeTones = [grades]string{
	gradeFailed: "bad", gradeBlocked: "bad", gradePending: "wait", gradeSkipped: "wait",
	gradeGood: "good", gradeIdle: "idle",
}

// RunHTML writes a run as a self-contained page: failed and blocked devices in full, the required
// roots of every device, then the other devices in full. Its only links are its own anchors.
func RunHTML(w io.Writer, head RunHead, devices RunDevices) error {
	counted, err := head.tally(devices)
	if err != nil {
		return err
	}
	h := &htmlRun{w: w, head: head, devices: devices, counted: counted}
	h.write("top", map[string]any{
		"Title": head.title(), "Facts": head.Facts(), "Totals": counted.totals,
		"Devices": count(counted.devices, "device"),
	})
	h.sections(gradeFailed, gradeBlocked)
	h.matrix()
	h.sections(gradePending, gradeSkipped, gradeGood, gradeIdle)
	h.write("bottom", nil)
	return h.err
}

// htmlRun writes a page piece by piece, up to the first error.
type htmlRun struct {
	w       io.Writer
	head    RunHead
	devices RunDevices
	counted tally
	err     error
}

// write cleans each piece as a whole: line feeds are the only characters of the page itself that Clean would replace.
func (h *htmlRun) write(piece string, data any) {
	if h.err != nil {
		return
	}
	var text strings.Builder
	if h.err = page.ExecuteTemplate(&text, piece, data); h.err != nil {
		return
	}
	_, h.err = io.WriteString(h.w, foreign.CleanLines(text.String()))
}

func (h *htmlRun) each(show func(Shown), wanted ...grade) {
	for e, err := range h.head.entries(h.devices, wanted...) {
		if err != nil || h.err != nil {
			h.err = cmp.Or(h.err, err)
			return
		}
		show(e)
	}
}

func (h *htmlRun) sections(wanted ...grade) {
	for _, g := range wanted {
		if h.counted.grades[g] == 0 {
			continue
		}
		h.write("section", map[string]any{"Title": gradeWords[g].title, "Count": h.counted.grades[g]})
		h.each(func(e Shown) { h.write("device", e) }, g)
	}
}

func (h *htmlRun) matrix() {
	var names []string
	for _, root := range certs.Required() {
		names = append(names, root.Name)
	}
	caption, column := "Roots as read in this run.", "Verdict"
	if !h.head.plans() {
		caption, column = "Roots as read for the plan. Imported: by this run, and verified.", "Status"
	}
	caption += " Bundled: in the default CA bundle according to AudioCodes; the bundle itself can't be read."
	h.write("matrix", map[string]any{"Caption": caption, "Column": column, "Roots": names})
	h.each(func(e Shown) {
		for _, row := range matrixRows(e) {
			h.write("row", row)
		}
	})
	h.write("matrixend", nil)
}

// matrixRow is one TLS Context of one device; Context is nil if none is known.
type matrixRow struct {
	Shown
	First   bool
	Context *remediate.ContextPlan
	States  []RootCell
}

// RootCell is the state of one required root, and its tone.
type RootCell struct{ Word, Tone string }

func matrixRows(e Shown) []matrixRow {
	if e.Plan == nil || len(e.Plan.Contexts) == 0 {
		return []matrixRow{{Shown: e, First: true, States: e.RootCells(remediate.ContextPlan{})}}
	}
	var rows []matrixRow
	for i, context := range e.Plan.Contexts {
		rows = append(rows, matrixRow{Shown: e, First: i == 0, Context: &context, States: e.RootCells(context)})
	}
	return rows
}

var rootTones = map[remediate.RootState]string{
	remediate.RootPresent: "good", remediate.RootBundled: "wait", remediate.RootMissing: "bad",
}

// RootCells are the required roots in a TLS Context, in the order of certs.Required.
func (s Shown) RootCells(context remediate.ContextPlan) []RootCell {
	var cells []RootCell
	for _, root := range certs.Required() {
		cell := RootCell{"not read", "idle"}
		for _, status := range context.Roots {
			if status.SHA256 == root.SHA256 {
				cell = RootCell{string(status.State), or(rootTones[status.State], "bad")}
			}
		}
		if s.imported(context.ID, root.Name) {
			cell = RootCell{"imported", "good"}
		}
		cells = append(cells, cell)
	}
	return cells
}

// imported reports whether the run imported a root there and verified it.
func (s Shown) imported(context int, root string) bool {
	return s.Result != nil && s.Result.Status == remediate.Applied &&
		slices.ContainsFunc(s.Result.Steps, func(step remediate.StepResult) bool {
			return step.Kind == remediate.StepImportRoot && step.Status == remediate.StepDone &&
				step.Context != nil && *step.Context == context && step.Root == root
		})
}

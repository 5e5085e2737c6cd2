package report

import (
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
	"spaced": spaced, "doubt": doubt, "gravest": gravest,
	"tone": func(g grade) string { return gradeTones[g] },
}).Parse(runHTML))

// gradeTones are classes of the page's style.
var gradeTones = [grades]string{
	gradeFailed: "bad", gradeBlocked: "bad", gradePending: "wait", gradeSkipped: "wait", gradeGood: "good", gradeIdle: "idle",
}

// RunHTML writes a run as one page that needs nothing else: what failed or is blocked in
// full, the seven roots of every device, then the other devices in full. Nothing in it is a
// link but its own anchors.
func RunHTML(w io.Writer, head RunHead, devices RunDevices) error {
	counted, err := head.tally(devices)
	if err != nil {
		return err
	}
	h := &htmlRun{w: w, head: head, devices: devices, counted: counted}
	h.write("top", map[string]any{
		"Title": head.title(), "Facts": head.facts(), "Devices": count(counted.devices, "device"), "Totals": counted.totals,
	})
	h.sections(gradeFailed, gradeBlocked)
	h.matrix()
	h.sections(gradePending, gradeSkipped, gradeGood, gradeIdle)
	h.write("bottom", nil)
	return h.err
}

// htmlRun writes a page piece by piece; the first error stays.
type htmlRun struct {
	w       io.Writer
	head    RunHead
	devices RunDevices
	counted tally
	err     error
}

// write cleans each piece as a whole: the page's own text has no character that Clean
// would replace but its line feeds.
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

func (h *htmlRun) each(show func(entry), wanted ...grade) {
	for e, err := range h.head.entries(h.devices, wanted...) {
		if h.err == nil {
			h.err = err
		}
		if h.err != nil {
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
		h.each(func(e entry) { h.write("device", e) }, g)
	}
}

func (h *htmlRun) matrix() {
	var names []string
	for _, root := range certs.Required() {
		names = append(names, root.Name)
	}
	caption, column := "The roots as read in this run. Bundled: by the default CA bundle, as the vendor says; not seen.", "Verdict"
	if !h.head.plans() {
		caption, column = "The roots as they were when the plan was made. Imported: by this run, and verified. Bundled: by the default CA bundle, as the vendor says; not seen.", "Status"
	}
	h.write("matrix", map[string]any{"Caption": caption, "Column": column, "Roots": names})
	h.each(func(e entry) {
		for _, row := range matrixRows(e) {
			h.write("row", row)
		}
	})
	h.write("matrixend", nil)
}

// matrixRow is one TLS Context of one device; Context is nil for a device that is not known
// to have one.
type matrixRow struct {
	entry
	First   bool
	Context *remediate.ContextPlan
	States  []rootCell
}

type rootCell struct{ Word, Tone string }

func matrixRows(e entry) []matrixRow {
	if e.Plan == nil || len(e.Plan.Contexts) == 0 {
		return []matrixRow{{entry: e, First: true, States: rootCells(e, remediate.ContextPlan{})}}
	}
	var rows []matrixRow
	for i, context := range e.Plan.Contexts {
		rows = append(rows, matrixRow{entry: e, First: i == 0, Context: &context, States: rootCells(e, context)})
	}
	return rows
}

var rootTones = map[remediate.RootState]string{
	remediate.RootPresent: "good", remediate.RootBundled: "wait", remediate.RootMissing: "bad",
}

// rootCells are in the order of the columns.
func rootCells(e entry, context remediate.ContextPlan) []rootCell {
	var cells []rootCell
	for _, root := range certs.Required() {
		cell := rootCell{"not read", "idle"}
		for _, status := range context.Roots {
			if status.SHA256 == root.SHA256 {
				cell = rootCell{string(status.State), or(rootTones[status.State], "bad")}
			}
		}
		if imported(e, context.ID, root.Name) {
			cell = rootCell{"imported", "good"}
		}
		cells = append(cells, cell)
	}
	return cells
}

// imported tells whether the run put a root there and saw it there in the end.
func imported(e entry, context int, root string) bool {
	return e.Result != nil && e.Result.Status == remediate.Applied &&
		slices.ContainsFunc(e.Result.Steps, func(step remediate.StepResult) bool {
			return step.Kind == remediate.StepImportRoot && step.Status == remediate.StepDone &&
				step.Context != nil && *step.Context == context && step.Root == root
		})
}

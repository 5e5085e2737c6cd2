package report

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/remediate"
)

// matrixRow is one TLS Context of one device; Context is nil if none is known.
type matrixRow struct {
	Shown
	First   bool
	Context *remediate.ContextPlan
	States  []RootCell
}

// rootColumns are the roots that a run's policy requires; nil for a policy that is not built in, whose roots stand
// together in one column: the page knows them only device by device.
func (h RunHead) rootColumns() []certs.Root {
	for _, policy := range certs.BuiltIn() {
		if policy.ID == h.Policy.ID {
			return policy.Roots()
		}
	}
	if h.Policy.SHA256 == "" {
		return certs.Required()
	}
	return nil
}

func matrixRows(e Shown, roots []certs.Root) []matrixRow {
	if e.Plan == nil || len(e.Plan.Contexts) == 0 {
		return []matrixRow{{Shown: e, First: true, States: e.cells(roots, remediate.ContextPlan{})}}
	}
	var rows []matrixRow
	for i, context := range e.Plan.Contexts {
		rows = append(rows, matrixRow{Shown: e, First: i == 0, Context: &context, States: e.cells(roots, context)})
	}
	return rows
}

// rows puts the rows of a device on the shelf of the matrix.
func (h *htmlRun) rows(e Shown) error {
	for _, row := range matrixRows(e, h.head.rootColumns()) {
		if err := piece(&h.roots, "rowhead", row); err != nil {
			return err
		}
		tail, err := h.tail(row)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(&h.roots, tail); err != nil {
			return err
		}
	}
	return nil
}

// mostTails bounds the memory. Fleets have some dozens of different rows, and each is made once.
const mostTails = 1000

// tail is a row without the device's name.
func (h *htmlRun) tail(row matrixRow) (string, error) {
	key := row.key()
	if text, known := h.tails[key]; known {
		return text, nil
	}
	var text strings.Builder
	if err := piece(&text, "rowtail", row); err != nil {
		return "", err
	}
	if h.tails == nil {
		h.tails = map[string]string{}
	}
	if len(h.tails) < mostTails {
		h.tails[key] = text.String()
	}
	return text.String(), nil
}

// key is equal for rows whose tails are.
func (r matrixRow) key() string {
	words := []string{r.Word, r.Tone()}
	for _, cell := range r.States {
		words = append(words, cell.Word, cell.Tone)
	}
	if r.Context != nil {
		words = append(words, strconv.Itoa(r.Context.ID), r.Context.Name)
	}
	return unambiguous(words...)
}

// RootCells are the required roots in a TLS Context after the run, in the order of certs.Required.
func (s Shown) RootCells(context remediate.ContextPlan) []RootCell {
	return s.cells(certs.Required(), context)
}

// cells are the states of roots in a TLS Context, or without roots, one cell for all that its plan has.
func (s Shown) cells(roots []certs.Root, context remediate.ContextPlan) []RootCell {
	if roots == nil {
		return []RootCell{s.together(context)}
	}
	var cells []RootCell
	for _, root := range roots {
		word := wordUnread
		for _, status := range context.Roots {
			if status.SHA256 == root.SHA256 {
				word = rootWord(status, context, s.Word == string(remediate.Applied))
			}
		}
		if s.imported(context.ID, root.Name) {
			word = wordImported
		}
		cells = append(cells, rootCell(word))
	}
	return cells
}

// gravestFirst are the tones of cells; the first that one of several roots has is that of all.
var gravestFirst = []string{"bad", "wait", "idle", "good"}

func (s Shown) together(context remediate.ContextPlan) RootCell {
	if len(context.Roots) == 0 {
		return rootCell(wordUnread)
	}
	var words []string
	gravest := len(gravestFirst) - 1
	for _, status := range context.Roots {
		cell := rootCell(rootWord(status, context, s.Word == string(remediate.Applied)))
		if s.imported(context.ID, status.Name) {
			cell = rootCell(wordImported)
		}
		words = append(words, status.Name+": "+cell.Word)
		gravest = min(gravest, slices.Index(gravestFirst, cell.Tone))
	}
	return RootCell{strings.Join(words, ", "), gravestFirst[gravest]}
}

// imported reports whether the run imported a root there and verified it.
func (s Shown) imported(context int, root string) bool {
	return s.carriedOut(remediate.StepImportRoot, context, root)
}

// BundleIsOn reports whether the default CA bundle counts for a TLS Context after the run.
func (s Shown) BundleIsOn(context remediate.ContextPlan) bool {
	return context.BundleIsOn() || s.carriedOut(remediate.StepEnableBundle, context.ID, "")
}

// carriedOut reports whether the run carried out a step and verified it; root is "" for any. The result of a run that
// was resumed has only the steps of its last process, and its plan has those before it.
func (s Shown) carriedOut(kind remediate.StepKind, context int, root string) bool {
	if s.Result == nil || s.Result.Status != remediate.Applied {
		return false
	}
	is := func(of remediate.StepKind, in *int, name string) bool {
		return of == kind && in != nil && *in == context && (root == "" || name == root)
	}
	return slices.ContainsFunc(s.Result.Steps, func(step remediate.StepResult) bool {
		return step.Status == remediate.StepDone && is(step.Kind, step.Context, step.Root)
	}) || s.Plan != nil && slices.ContainsFunc(s.Plan.Steps, func(step remediate.Step) bool {
		return is(step.Kind, step.Context, step.Root)
	})
}

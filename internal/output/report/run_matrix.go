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

// rows puts the rows of a device on the shelf of the matrix.
func (h *htmlRun) rows(e Shown) error {
	for _, row := range matrixRows(e) {
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
	var cells []RootCell
	for _, root := range certs.Required() {
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

// imported reports whether the run imported a root there and verified it.
func (s Shown) imported(context int, root string) bool {
	return s.Result != nil && s.Result.Status == remediate.Applied &&
		slices.ContainsFunc(s.Result.Steps, func(step remediate.StepResult) bool {
			return step.Kind == remediate.StepImportRoot && step.Status == remediate.StepDone &&
				step.Context != nil && *step.Context == context && step.Root == root
		})
}

package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/moment"
	"github.com/acfix/acfix/remediate"
)

// csvColumns are the columns of RunCSV. New ones go to the end; none may be removed.
var csvColumns = []struct {
	name  string
	value func(RunHead, Shown) string
}{
	{"run", func(h RunHead, _ Shown) string { return h.ID }},
	{"position", func(_ RunHead, e Shown) string { return strconv.Itoa(e.Position) }},
	{"wave", func(_ RunHead, e Shown) string { return strconv.Itoa(e.Wave) }},
	{"target", func(_ RunHead, e Shown) string { return e.Target }},
	{"url", func(_ RunHead, e Shown) string { return e.URL }},
	{"status", func(_ RunHead, e Shown) string { return e.Word }},
	{"product", func(_ RunHead, e Shown) string { return e.Identity.Product }},
	{"serial", func(_ RunHead, e Shown) string { return e.Identity.Serial }},
	{"firmware", func(_ RunHead, e Shown) string { return e.Identity.Firmware }},
	{"release", func(_ RunHead, e Shown) string { return e.Identity.Release }},
	{"missing_when_planned", func(_ RunHead, e Shown) string { return missing(e.Plan) }},
	{"steps", func(_ RunHead, e Shown) string { return strconv.Itoa(len(e.Steps)) }},
	{"left_on_device", func(_ RunHead, e Shown) string { return strconv.Itoa(len(e.Left)) }},
	{"findings", func(_ RunHead, e Shown) string { return codes(e.Findings) }},
	{"error_code", func(_ RunHead, e Shown) string { return e.failure().Code }},
	{"error", func(_ RunHead, e Shown) string { return e.failure().Message }},
	{"hint", func(_ RunHead, e Shown) string { return e.failure().Hint }},
	{"backup", func(_ RunHead, e Shown) string { return e.Backup }},
	{"ended", func(_ RunHead, e Shown) string { return moment.Text(e.Ended) }},
	{"policy", func(h RunHead, _ Shown) string { return h.Policy.ID }},
	{"policy_date", func(h RunHead, _ Shown) string { return h.Policy.Date }},
	{"before_after", func(_ RunHead, e Shown) string { return strings.Join(e.BeforeAfter, " | ") }},
}

// RunCSV writes a header and a line a device (RFC 4180, UTF-8). An apostrophe keeps spreadsheets from computing text.
func RunCSV(w io.Writer, head RunHead, devices RunDevices) error {
	table := csv.NewWriter(w)
	table.UseCRLF = true
	line := make([]string, len(csvColumns))
	for i, column := range csvColumns {
		line[i] = column.name
	}
	if err := table.Write(line); err != nil {
		return err
	}
	for e, err := range head.entries(devices) {
		if err != nil {
			return err
		}
		for i, column := range csvColumns {
			line[i] = foreign.Cell(column.value(head, e))
		}
		if err := table.Write(line); err != nil {
			return err
		}
	}
	table.Flush()
	return table.Error()
}

func (e Shown) failure() remediate.Failure {
	if e.Failure == nil {
		return remediate.Failure{}
	}
	return *e.Failure
}

// missing names the roots that the plan found missing, by TLS Context.
func missing(plan *remediate.DevicePlan) string {
	if plan == nil {
		return ""
	}
	var list []string
	for _, context := range plan.Contexts {
		for _, root := range context.Roots {
			if root.State == remediate.RootMissing {
				list = append(list, strconv.Itoa(context.ID)+": "+root.Name)
			}
		}
	}
	return strings.Join(list, ", ")
}

func codes(findings []remediate.Finding) string {
	var list []string
	for _, finding := range findings {
		list = append(list, finding.Code)
	}
	return strings.Join(list, ", ")
}

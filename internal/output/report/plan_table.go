package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/acfix/acfix/internal/output/columns"
)

// planColumns are the columns of the table before the reason. That of the waves stands where there are several.
var planColumns = []struct {
	title string
	value func(planRow) string
}{
	{"DEVICE", func(r planRow) string { return r.name }},
	{waveTitle, func(r planRow) string { return strconv.Itoa(r.wave) }},
	{"FIRMWARE", func(r planRow) string { return or(r.firmware, "-") }},
	{verdictTitle, func(r planRow) string { return r.word }},
	{"STEPS", func(r planRow) string { return numbered(r.steps) }},
}

const (
	waveTitle    = "WAVE"
	verdictTitle = "VERDICT"
	// leastReason is the width of a column that a reason still reads well in.
	leastReason = 24
	gap         = "  "
)

func numbered(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// planTable writes a line for each device.
func (p *printer) planTable(view fleetPlan) {
	rows, left := view.listed()
	p.line("")
	if len(rows) > 0 {
		widths := widthsOf(rows, view.waves.several())
		p.text.WriteString(p.style.paint(bold, strings.TrimRight(titles(widths), " ")) + "\n")
		for _, row := range rows {
			p.planRow(row, widths)
		}
	}
	p.unlisted(left)
}

// widthsOf returns the width of each of the planColumns; 0 leaves one out.
func widthsOf(rows []planRow, waves bool) []int {
	widths := make([]int, len(planColumns))
	for i, column := range planColumns {
		if column.title == waveTitle && !waves {
			continue
		}
		widths[i] = columns.Width(column.title)
		for _, row := range rows {
			widths[i] = max(widths[i], columns.Width(column.value(row)))
		}
	}
	return widths
}

func titles(widths []int) string {
	line := ""
	for i, column := range planColumns {
		if widths[i] > 0 {
			line += columns.Pad(column.title, widths[i]) + gap
		}
	}
	return line + "REASON"
}

func (p *printer) planRow(row planRow, widths []int) {
	line, used := "", 0
	for i, column := range planColumns {
		if widths[i] == 0 {
			continue
		}
		cell := columns.Pad(column.value(row), widths[i])
		used += columns.Width(cell) + len(gap)
		if column.title == verdictTitle {
			cell = p.graded(row.grade, cell)
		}
		line += cell + gap
	}
	p.reasonsBeside(line, used, row.reasons)
}

// reasonsBeside writes the reasons in their column, or below the device where that is too narrow. Where the width of
// the terminal is not known, a device has one line, for programs that search it.
func (p *printer) reasonsBeside(line string, margin int, reasons []string) {
	room := p.style.width() - margin
	switch {
	case p.style.Width == 0:
		p.text.WriteString(strings.TrimRight(line+strings.Join(reasons, "; "), " ") + "\n")
		return
	case room < leastReason && len(reasons) > 0:
		p.text.WriteString(strings.TrimRight(line, " ") + "\n")
		margin = 2 * len(gap)
		line, room = strings.Repeat(" ", margin), p.style.width()-margin
	}
	for _, reason := range reasons {
		for _, part := range columns.Fold(reason, room) {
			p.text.WriteString(line + part + "\n")
			line = strings.Repeat(" ", margin)
		}
	}
	if strings.TrimSpace(line) != "" {
		p.text.WriteString(strings.TrimRight(line, " ") + "\n")
	}
}

// unlisted counts the devices that the table leaves out.
func (p *printer) unlisted(left [grades]int) {
	var parts []string
	devices := 0
	for g := range grades {
		if left[g] > 0 {
			devices += left[g]
			parts = append(parts, fmt.Sprintf("%d %s", left[g], strings.ToLower(gradeWords[g].title)))
		}
	}
	if devices > 0 {
		p.line("%s not listed: %s", count(devices, "more device"), strings.Join(parts, ", "))
	}
}

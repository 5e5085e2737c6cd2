package bugreport

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/acfix/acfix/audiocodes/ini"
)

// configuration replaces the texts of an INI file. It keeps sections, tables, columns, parameters, their order, the
// number of cells and their quotes.
func (p *pseudonyms) configuration(text []byte) []byte {
	return ini.Rewrite(text, ini.Edit{
		Section: p.section, Column: p.structural, Parameter: p.structural,
		Value: p.parameter, Cell: p.cell, Comment: p.comment,
	})
}

// section keeps names that look like the vendor's.
func (p *pseudonyms) section(name string) string {
	if name == "" || section.MatchString(name) {
		return name
	}
	suffix := ""
	if strings.HasSuffix(strings.ToLower(name), "params") {
		suffix = " Params"
	}
	return p.give("section", name, func(n int) string { return "Section" + strconv.Itoa(n) + suffix })
}

func (p *pseudonyms) structural(name string) string {
	if name == "" || structural.MatchString(name) {
		return name
	}
	return p.give("field", name, func(n int) string {
		if strings.Contains(strings.ToLower(name), "tlscontext") { // acfix looks for it
			return "TLSContext_Field" + strconv.Itoa(n)
		}
		return "Field" + strconv.Itoa(n)
	})
}

func (p *pseudonyms) cell(table, column string, cell ini.Cell) ini.Cell {
	text := cell.Text()
	quoted := len(text) != len(cell)
	switch {
	case strings.EqualFold(table, "TLSContexts") && cell.Secret(): // it decides there
		text = "$1$" + p.secret(text)
	case quoted && identityPlaces.MatchString(column) && !cell.Unset():
		text = p.identity(text)
	case quoted:
		text = p.quotedPlace(column, text)
	case isIn(cipherPlaces, column):
		text = p.cipherString(text)
	default:
		text = p.place(column, text)
	}
	if quoted {
		return ini.Cell(`"` + text + `"`)
	}
	return ini.Cell(text)
}

var (
	quotedItem = regexp.MustCompile(`'[^']*'`)
	betweens   = regexp.MustCompile(`^[, \t]*$`)
)

// parameter replaces a value: a list item by item, in its quotes.
func (p *pseudonyms) parameter(name, value string) string {
	switch {
	case value == "":
		return ""
	case strings.Contains(value, "'") && betweens.MatchString(quotedItem.ReplaceAllString(value, "")):
		return quotedItem.ReplaceAllStringFunc(value, func(item string) string {
			text := item[1 : len(item)-1]
			if identityPlaces.MatchString(name) && text != "" {
				return "'" + p.identity(text) + "'"
			}
			return "'" + strings.Trim(p.quotedPlace(name, text), "'") + "'"
		})
	case strings.Contains(value, ",") && !strings.ContainsAny(value, `'"`):
		items := strings.Split(value, ",")
		for i, item := range items {
			items[i] = p.place(name, strings.TrimSpace(item))
		}
		return strings.Join(items, ", ")
	default:
		return p.place(name, value)
	}
}

// headerLabels are the known lines of the header.
var headerLabels = []struct {
	label string
	keeps func(string) bool
}{
	{";Board:", isBoard},
	{";Software Version:", isFirmware},
	{";Serial Number:", nil},
	{";Board IP Address:", nil},
	{";Board Subnet Mask:", nil},
	{";Board Default Gateway:", nil},
}

var ornament = regexp.MustCompile(`^;[;*=\- ]*(Ini File)?[*=\- ]*$`)

func (p *pseudonyms) comment(text string) string {
	for _, known := range headerLabels {
		value, fits := strings.CutPrefix(text, known.label)
		value = strings.TrimSpace(value)
		switch {
		case !fits:
			continue
		case known.keeps != nil && known.keeps(value):
			return known.label + " " + value
		default:
			return known.label + " " + p.identity(value)
		}
	}
	if ornament.MatchString(text) {
		return text
	}
	return ";(comment)"
}

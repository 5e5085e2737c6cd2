package remediate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// referable is a row that other rows, and the operator, refer to.
type referable interface {
	rowName() string
	rowIndex() int
}

func (c tlsContext) rowName() string   { return c.name }
func (c tlsContext) rowIndex() int     { return c.index }
func (i sipInterface) rowName() string { return i.name }
func (i sipInterface) rowIndex() int   { return i.index }
func (p proxySet) rowName() string     { return p.name }
func (p proxySet) rowIndex() int       { return p.index }

// bearing returns the rows of that name: those with exactly that name, else those whose names differ only in case, as
// the device compares names.
func bearing[T referable](rows []T, name string) []T {
	var exact, folded []T
	for _, row := range rows {
		switch {
		case row.rowName() == "": // no reference can mean it
		case row.rowName() == name:
			exact = append(exact, row)
		case sameName(row.rowName(), name):
			folded = append(folded, row)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return folded
}

// numbered returns the rows of that index, which may have leading zeros.
func numbered[T referable](rows []T, reference string) []T {
	index, err := strconv.ParseUint(reference, 10, 31)
	if err != nil {
		return nil
	}
	var found []T
	for _, row := range rows {
		if row.rowIndex() == int(index) {
			found = append(found, row)
		}
	}
	return found
}

// refer finds the rows that a cell refers to: by name, or by index if no name fits. More than one means that the cell
// is ambiguous.
func refer[T referable](rows []T, reference string) []T {
	if named := bearing(rows, reference); len(named) > 0 {
		return named
	}
	return numbered(rows, reference)
}

// choose finds what an operator named, by name or by index. If one row's name is another row's index, it returns
// both: a guess could be wrong.
func choose[T referable](rows []T, wanted string) []T {
	found := bearing(rows, wanted)
	for _, row := range numbered(rows, wanted) {
		if !hasIndex(found, row.rowIndex()) {
			found = append(found, row)
		}
	}
	return found
}

func hasIndex[T referable](rows []T, index int) bool {
	return slices.ContainsFunc(rows, func(row T) bool { return row.rowIndex() == index })
}

// wrongReference is a reference that leads nowhere, or to several rows.
type wrongReference struct {
	from, what, name string
	fits             string // the rows that the name fits; "" is none
}

// leadsWrong returns a wrongReference; rows are those that the name fits.
func leadsWrong[T referable](from, what, name string, rows []T) wrongReference {
	fits := make([]string, 0, len(rows))
	for _, row := range rows {
		fits = append(fits, fmt.Sprintf("%d %q", row.rowIndex(), row.rowName()))
	}
	return wrongReference{from: from, what: what, name: name, fits: strings.Join(fits, " and ")}
}

// The tables, by the names that people use.
const (
	whatContext      = "TLS Context"
	whatSIPInterface = "SIP Interface"
	whatProxySet     = "Proxy Set"
)

// sameName compares names without regard to the case of ASCII letters. It does not fold other letters: by Unicode's
// rules, "Teamſ" would equal "Teams".
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lowerByte(a[i]) != lowerByte(b[i]) {
			return false
		}
	}
	return true
}

// containsFold reports whether a text contains a part, compared as sameName does.
func containsFold(text, part string) bool {
	for at := range len(text) - len(part) + 1 {
		if sameName(text[at:at+len(part)], part) {
			return true
		}
	}
	return false
}

// lowered returns a text with its ASCII letters in lower case.
func lowered(text string) string {
	bytes := []byte(text)
	for i, b := range bytes {
		bytes[i] = lowerByte(b)
	}
	return string(bytes)
}

func lowerByte(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + ('a' - 'A')
	}
	return b
}

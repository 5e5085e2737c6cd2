package inventory

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// column is one column of a table.
type column struct {
	name string // as written; "" where the header's cell is empty
	key  string // what it stands for; "" for a column that is left out
}

// columnName makes one form of all the ways to write a column: "Proxy Set", "proxy-set" and
// " PROXY_SET " are the same.
func columnName(written string) string {
	words := strings.FieldsFunc(strings.ToLower(written), func(r rune) bool {
		return r == '_' || r == '-' || r == ' ' || r == '\u00a0' || r == '\n' || r == '\t' || r == '\r'
	})
	return strings.Join(words, "_")
}

// Columns of passwords and the like are recognised by a word of their name, or by a part of one.
var (
	passwordWords = []string{"pass", "pw", "pwd", "secret", "secrets", "credential", "credentials", "senha", "hasło"}
	passwordParts = []string{
		"password", "passwd", "passwort", "kennwort", "passphrase", "contraseña", "mot_de_passe", "wachtwoord", "lösenord",
	}
)

const passwordWays = `a password never stands in an inventory; take the column out, and use password_env, ` +
	`password_file or password_command, ACFIX_PASSWORD, --password-file, or the prompt`

// isPassword reports whether a column or key by that name holds passwords themselves.
func isPassword(name string) bool {
	if _, known := keys[name]; known {
		return false
	}
	words := strings.Split(name, "_")
	return slices.ContainsFunc(passwordWords, func(word string) bool { return slices.Contains(words, word) }) ||
		slices.ContainsFunc(passwordParts, func(part string) bool { return strings.Contains(name, part) })
}

// takeHeader finds out what each column stands for.
func (t *table) takeHeader(header []string) *Error {
	if problem := t.checkHeader(header); problem != nil {
		return problem
	}
	var unknown *Error
	from := map[string]string{} // columns by their key
	for i, name := range header {
		name = strings.TrimSpace(name)
		line, place := t.reader.FieldPos(i)
		key := t.key(name)
		switch {
		case name == "":
		case key == "":
			t.remarks.leftOut = append(t.remarks.leftOut, strconv.Quote(name))
			if unknown == nil {
				unknown = mistake(line, place, "")
			}
		case keys[key].kind == records:
			return mistake(line, place, strconv.Quote(name)+" can't be written in CSV; use YAML")
		case from[key] != "" && key != "tags":
			return twice(line, place, from[key], name, key)
		default:
			from[key] = name
		}
		t.columns = append(t.columns, column{name, key})
	}
	if unknown != nil && !t.ignoreUnknown {
		unknown.Message = unknownColumns(t.remarks.leftOut)
		return unknown
	}
	return t.missing(from)
}

func (t *table) key(name string) string {
	name = columnName(name)
	if key, mapped := t.mapped[name]; mapped {
		return key
	}
	if _, known := keys[name]; known {
		return name
	}
	return ""
}

// checkHeader refuses columns of passwords, and a first line that is a device: its cells are not
// repeated, for one may be a password.
func (t *table) checkHeader(header []string) *Error {
	known, addresses := false, false
	for i, name := range header {
		if line, place := t.reader.FieldPos(i); isPassword(columnName(name)) {
			return mistake(line, place,
				"the column "+strconv.Quote(strings.TrimSpace(name))+" is refused: "+passwordWays)
		}
		known = known || t.key(name) != ""
		addresses = addresses || looksLikeAddress(strings.TrimSpace(name))
	}
	if !known && addresses {
		line, place := t.reader.FieldPos(0)
		return mistake(line, place,
			"the first line must name the columns (name, url, …); this one seems to be a device")
	}
	return nil
}

var dottedName = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(:\d+)?$`)

func looksLikeAddress(cell string) bool {
	_, notAddress := netip.ParseAddr(cell)
	_, notPrefix := netip.ParsePrefix(cell)
	return notAddress == nil || notPrefix == nil || strings.Contains(cell, "://") || dottedName.MatchString(cell)
}

func twice(line, place int, first, second, key string) *Error {
	if columnName(first) == columnName(second) {
		return mistake(line, place, "the column "+strconv.Quote(second)+" is there twice")
	}
	return mistake(line, place, "the columns "+strconv.Quote(first)+" and "+strconv.Quote(second)+
		" both stand for "+key+"; --map COLUMN="+key+" decides, or leave one out of the file")
}

func unknownColumns(unknown []string) string {
	text := "unknown column "
	if len(unknown) > 1 {
		text = "unknown columns "
	}
	return text + strings.Join(unknown, ", ") +
		`; "acfix inventory import" takes --map COLUMN=KEY for what they stand for, or --ignore-unknown`
}

// missing names what no column stands for.
func (t *table) missing(from map[string]string) *Error {
	line, place := t.reader.FieldPos(0)
	for _, name := range slices.Sorted(maps.Keys(t.mapped)) {
		if !t.optional && !slices.ContainsFunc(t.columns, func(c column) bool { return columnName(c.name) == name }) {
			return mistake(line, place, "--map names a column that is not there: "+strconv.Quote(name))
		}
	}
	for _, key := range []string{"name", "url"} {
		if from[key] == "" {
			return mistake(line, place, "no column stands for "+key+"; name one so, or use --map COLUMN="+key)
		}
	}
	return nil
}

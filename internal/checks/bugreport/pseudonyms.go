package bugreport

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
)

// pseudonyms gives every text a replacement, and the same text the same one. Texts that differ only in case get
// replacements that differ only in case, because devices ignore case in names.
type pseudonyms struct {
	originals string // everything to replace, in lower case
	given     map[string]string
	forms     map[string][]string // by replacement: the spellings of its original
	count     map[string]int
}

// newPseudonyms takes all texts beforehand, because no replacement may equal an original.
func newPseudonyms(originals ...[]byte) *pseudonyms {
	var all strings.Builder
	for _, original := range originals {
		all.WriteString(strings.ToLower(string(original)))
		all.WriteByte('\n')
	}
	return &pseudonyms{originals: all.String(),
		given: map[string]string{}, forms: map[string][]string{}, count: map[string]int{}}
}

// next makes a new replacement of a kind, by counting.
func (p *pseudonyms) next(kind string, form func(n int) string) string {
	for {
		p.count[kind]++
		if text := form(p.count[kind]); !strings.Contains(p.originals, strings.ToLower(text)) {
			return text
		}
	}
}

// give replaces a text by one of its kind.
func (p *pseudonyms) give(kind, text string, form func(n int) string) string {
	key := kind + "\x00" + fold(text)
	base, known := p.given[key]
	if !known {
		base = p.next(kind, form)
		p.given[key] = base
	}
	for i, spelling := range p.forms[base] {
		if spelling == text {
			return respell(base, i)
		}
	}
	p.forms[base] = append(p.forms[base], text)
	return respell(base, len(p.forms[base])-1)
}

// fold returns the same text for all texts that strings.EqualFold considers equal.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, text)
}

// respell changes the case of letters, in a different way for each number; 0 changes nothing.
func respell(text string, number int) string {
	letters := []rune(text)
	for i, r := range letters {
		if number == 0 {
			break
		}
		if !unicode.IsLetter(r) {
			continue
		}
		if number&1 == 1 {
			if letters[i] = unicode.ToUpper(r); letters[i] == r {
				letters[i] = unicode.ToLower(r)
			}
		}
		number >>= 1
	}
	return string(letters)
}

func (p *pseudonyms) name(text string) string {
	return p.give("name", text, func(n int) string { return marks(text) + "name-" + strconv.Itoa(n) })
}

func (p *pseudonyms) host(text string) string {
	return p.give("host", text, func(n int) string { return marks(text) + "host-" + strconv.Itoa(n) + ".example" })
}

func (p *pseudonyms) secret(text string) string {
	return p.give("secret", text, func(n int) string { return fmt.Sprintf("secret-%d", n) })
}

// number replaces digits by digits, as in serial and telephone numbers.
func (p *pseudonyms) number(text string) string {
	return p.give("number", text, func(n int) string { return strconv.Itoa(9_000_000 + n) })
}

func (p *pseudonyms) mac(text string) string {
	plain := strings.NewReplacer(":", "", "-", "", ".", "").Replace(text)
	return p.give("mac", plain, func(n int) string { return fmt.Sprintf("00005e%06x", 0x005300+n) })
}

// address replaces an address by one of the same family from the ranges for tests and documentation (RFC 2544, RFC
// 3849). Addresses that identify nothing stay: unspecified ones and network masks.
func (p *pseudonyms) address(address netip.Addr) string {
	plain := address.WithZone("")
	switch {
	case plain.IsUnspecified(), isMask(plain):
		return plain.String()
	case plain.Is4():
		return p.give("v4", plain.String(), func(n int) string {
			return fmt.Sprintf("198.%d.%d.%d", 18+n>>16&1, n>>8&255, n&255)
		})
	default:
		return p.give("v6", plain.String(), func(n int) string { return fmt.Sprintf("2001:db8::%x", n) })
	}
}

// isMask reports whether an address is a network mask: at least eight ones, then only zeros.
func isMask(address netip.Addr) bool {
	if !address.Is4() {
		return false
	}
	b := address.As4()
	bits := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return b[0] == 255 && ^bits&(^bits+1) == 0
}

package certs_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"slices"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/acfix/acfix/certs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Object identifiers of a common name, an organization and a country, as content octets.
var (
	oidCN = []byte{0x55, 4, 3}
	oidO  = []byte{0x55, 4, 10}
	oidC  = []byte{0x55, 4, 6}
)

func tlv(tag byte, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	switch {
	case len(body) < 128:
		return slices.Concat([]byte{tag, byte(len(body))}, body)
	case len(body) < 256:
		return slices.Concat([]byte{tag, 0x81, byte(len(body))}, body)
	}
	return slices.Concat([]byte{tag, 0x82, byte(len(body) >> 8), byte(len(body))}, body)
}

func attribute(oid []byte, tag byte, value []byte) []byte {
	return tlv(0x30, tlv(6, oid), tlv(tag, value))
}

func rdn(attributes ...[]byte) []byte { return tlv(0x31, attributes...) }

func distinguished(rdns ...[]byte) []byte { return tlv(0x30, rdns...) }

func cn(tag byte, text string) []byte { return distinguished(rdn(attribute(oidCN, tag, []byte(text)))) }

func bmp(text string) string {
	var octets []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		octets = binary.BigEndian.AppendUint16(octets, unit)
	}
	return string(octets)
}

func universal(text string) string {
	var octets []byte
	for _, r := range text {
		octets = binary.BigEndian.AppendUint32(octets, uint32(r))
	}
	return string(octets)
}

// Tags of the kinds of strings.
const (
	utf8String      = 12
	numericString   = 18
	printableString = 19
	t61String       = 20
	ia5String       = 22
	visibleString   = 26
	universalString = 28
	bmpString       = 30
)

func TestNamesThatAreTheSame(t *testing.T) {
	t.Parallel()
	printable := cn(printableString, "Test Root G2")
	for name, pair := range map[string][2][]byte{
		"the same bytes":              {printable, bytes.Clone(printable)},
		"UTF8String":                  {printable, cn(utf8String, "Test Root G2")},
		"BMPString":                   {printable, cn(bmpString, bmp("Test Root G2"))},
		"UniversalString":             {printable, cn(universalString, universal("Test Root G2"))},
		"T61String":                   {printable, cn(t61String, "Test Root G2")},
		"IA5String":                   {printable, cn(ia5String, "Test Root G2")},
		"VisibleString":               {printable, cn(visibleString, "Test Root G2")},
		"T61String against BMPString": {cn(t61String, "M\xfcller"), cn(bmpString, bmp("Müller"))},
		"case":                        {printable, cn(printableString, "TEST root g2")},
		"case and kind":               {printable, cn(bmpString, bmp("test ROOT G2"))},
		"blanks around":               {printable, cn(utf8String, "  Test Root G2 ")},
		"several blanks within":       {printable, cn(printableString, "Test   Root  G2")},
		"a tab":                       {printable, cn(utf8String, "Test\tRoot\r\nG2")},
		"blanks alone":                {cn(printableString, ""), cn(utf8String, "   ")},
		"long":                        {cn(utf8String, string(bytes.Repeat([]byte("x"), 300))), cn(ia5String, string(bytes.Repeat([]byte("X"), 300)))},
		"values within one RDN": {
			distinguished(rdn(attribute(oidCN, utf8String, []byte("A")), attribute(oidO, utf8String, []byte("B")))),
			distinguished(rdn(attribute(oidO, printableString, []byte("b")), attribute(oidCN, printableString, []byte("a")))),
		},
		"no name at all": {distinguished(), distinguished()},
	} {
		assert.True(t, certs.SameName(pair[0], pair[1]), name)
		assert.Equal(t, certs.CanonicalName(pair[0]), certs.CanonicalName(pair[1]), name)
		canonical := certs.CanonicalName(pair[0])
		assert.Equal(t, canonical, certs.CanonicalName([]byte(canonical)), "%s: the form is its own form", name)
	}
}

func TestNamesThatDiffer(t *testing.T) {
	t.Parallel()
	a, b := attribute(oidCN, utf8String, []byte("A")), attribute(oidO, utf8String, []byte("B"))
	printable := cn(printableString, "Test Root G2")
	for name, pair := range map[string][2][]byte{
		"another text":               {printable, cn(printableString, "Test Root G3")},
		"no blank within":            {printable, cn(printableString, "TestRoot G2")},
		"another attribute":          {printable, distinguished(rdn(attribute(oidO, printableString, []byte("Test Root G2"))))},
		"one RDN more":               {printable, distinguished(rdn(attribute(oidC, printableString, []byte("US"))), rdn(attribute(oidCN, printableString, []byte("Test Root G2"))))},
		"the order of RDNs":          {distinguished(rdn(a), rdn(b)), distinguished(rdn(b), rdn(a))},
		"two RDNs against one":       {distinguished(rdn(a), rdn(b)), distinguished(rdn(a, b))},
		"letters beyond ASCII":       {cn(utf8String, "MÜLLER"), cn(utf8String, "Müller")},
		"no-break blanks":            {cn(utf8String, "Test\u00a0Root G2"), printable},
		"NumericString, as OpenSSL":  {cn(numericString, "42"), cn(printableString, "42")},
		"half a character":           {cn(bmpString, "\x00A\x00"), cn(bmpString, "\x00A")},
		"a broken UTF8String":        {cn(utf8String, "A\xff"), cn(utf8String, "A")},
		"a look-alike":               {cn(utf8String, "Tеst"), cn(utf8String, "Test")},
		"cut off":                    {printable[:len(printable)-1], printable},
		"something behind the name":  {append(bytes.Clone(printable), 0), printable},
		"nothing":                    {nil, distinguished()},
		"not a name":                 {[]byte("Test Root G2"), printable},
		"a text that is constructed": {cn(0x20|utf8String, "\x0c\x01A"), cn(utf8String, "A")},
	} {
		assert.False(t, certs.SameName(pair[0], pair[1]), name)
	}
}

// TestTheNameOfARootInAnotherKindOfString: a namesake and a twin are told by key, not by bytes.
func TestTheNameOfARootInAnotherKindOfString(t *testing.T) {
	t.Parallel()
	ca, root := newAuthority(t), certs.Required()[1]
	for kind, rewrite := range map[string]func([]byte) []byte{"UTF8String": asUTF8, "BMPString": asBMP} {
		template := template("", today.AddDate(10, 0, 0))
		template.RawSubject = rewrite(root.Certificate().RawSubject)
		require.NotEqual(t, root.Certificate().RawSubject, template.RawSubject)
		twin, namesake := ca.issue(t, template, root.Certificate().PublicKey), ca.issue(t, template, newKey(t).Public())
		match := certs.ParseStore(pemOf(twin, namesake)).Find(root, time.Time{})
		assert.False(t, match.Present, kind)
		require.Len(t, match.Twins, 1, kind)
		require.Len(t, match.Namesakes, 1, kind)
		assert.Equal(t, certs.Fingerprint(namesake), match.Namesakes[0].SHA256)
	}
}

// asUTF8 writes all PrintableStrings of a name as UTF8Strings.
func asUTF8(name []byte) []byte {
	return rewritten(name, func(value asn1.RawValue) []byte { return tlv(utf8String, value.Bytes) })
}

func asBMP(name []byte) []byte {
	return rewritten(name, func(value asn1.RawValue) []byte { return tlv(bmpString, []byte(bmp(string(value.Bytes)))) })
}

func rewritten(der []byte, text func(asn1.RawValue) []byte) []byte {
	var all []byte
	for len(der) > 0 {
		var value asn1.RawValue
		rest, err := asn1.Unmarshal(der, &value)
		if err != nil {
			panic(err)
		}
		switch {
		case value.IsCompound:
			all = append(all, tlv(0x20|byte(value.Tag), rewritten(value.Bytes, text))...)
		case value.Tag == asn1.TagPrintableString:
			all = append(all, text(value)...)
		default:
			all = append(all, value.FullBytes...)
		}
		der = rest
	}
	return all
}

func FuzzCanonicalName(f *testing.F) {
	f.Add(cn(printableString, "Test"))
	f.Add(cn(bmpString, bmp("Test")))
	f.Add(distinguished(rdn(attribute(oidCN, utf8String, []byte("A")), attribute(oidO, t61String, []byte("\xfc")))))
	f.Fuzz(func(t *testing.T, der []byte) {
		canonical := certs.CanonicalName(der)
		require.Equal(t, canonical, certs.CanonicalName([]byte(canonical)))
		require.LessOrEqual(t, len(canonical), 2*len(der)+16*(1+len(der)/4))
	})
}

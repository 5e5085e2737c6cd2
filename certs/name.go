package certs

import (
	"bytes"
	"encoding/asn1"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// SameName reports whether two DER names are equal; string type, case and extra spaces make no difference.
func SameName(a, b []byte) bool { return bytes.Equal(a, b) || CanonicalName(a) == CanonicalName(b) }

// CanonicalName returns the same bytes for all encodings of a name, as OpenSSL does
// (x509_name_canon), after RFC 5280, 7.1. Text becomes UTF-8, ASCII letters become lower case,
// spaces at the ends are removed, and runs of spaces become one. The order of the RDNs matters,
// that of the values within an RDN does not. Input that is not a name in DER is returned unchanged.
// docs/design/certs.md: We find paths and the library judges them
func CanonicalName(der []byte) string {
	var names asn1.RawValue
	rest, err := asn1.Unmarshal(der, &names)
	if err != nil || len(rest) > 0 || !isConstructed(names, asn1.TagSequence) {
		return string(der)
	}
	var canonical []byte
	for rest := names.Bytes; len(rest) > 0; {
		var rdn asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &rdn); err != nil || !isConstructed(rdn, asn1.TagSet) {
			return string(der)
		}
		values, ok := canonicalValues(rdn.Bytes)
		if !ok {
			return string(der)
		}
		canonical = append(canonical, encoded(asn1.TagSet, values)...)
	}
	return string(encoded(asn1.TagSequence, canonical))
}

func isConstructed(value asn1.RawValue, tag int) bool {
	return value.IsCompound && value.Class == asn1.ClassUniversal && value.Tag == tag
}

// canonicalValues returns the values of one RDN, sorted.
func canonicalValues(rest []byte) ([]byte, bool) {
	var values [][]byte
	for len(rest) > 0 {
		var pair, kind, value asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &pair); err != nil || !isConstructed(pair, asn1.TagSequence) {
			return nil, false
		}
		second, err := asn1.Unmarshal(pair.Bytes, &kind)
		if err != nil {
			return nil, false
		}
		if behind, err := asn1.Unmarshal(second, &value); err != nil || len(behind) > 0 {
			return nil, false
		}
		values = append(values, encoded(asn1.TagSequence, slices.Concat(kind.FullBytes, canonicalValue(value))))
	}
	slices.SortFunc(values, bytes.Compare)
	return bytes.Join(values, nil), true
}

// canonicalValue canonicalises a string; other or malformed values are returned unchanged.
func canonicalValue(value asn1.RawValue) []byte {
	text, ok := textOf(value)
	if !ok {
		return value.FullBytes
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' })
	return encoded(asn1.TagUTF8String, []byte(lowerASCII(strings.Join(words, " "))))
}

// Tags of string types that encoding/asn1 has no names for (X.680, table 1).
const (
	tagVisibleString   = 26
	tagUniversalString = 28
)

func textOf(value asn1.RawValue) (string, bool) {
	if value.Class != asn1.ClassUniversal || value.IsCompound {
		return "", false
	}
	switch value.Tag {
	case asn1.TagUTF8String:
		return string(value.Bytes), utf8.Valid(value.Bytes)
	case asn1.TagPrintableString, asn1.TagIA5String, tagVisibleString:
		return string(value.Bytes), isASCII(value.Bytes)
	case asn1.TagT61String: // read as Latin-1, which is what everyone means who writes it
		var text strings.Builder
		for _, octet := range value.Bytes {
			text.WriteRune(rune(octet))
		}
		return text.String(), true
	case asn1.TagBMPString:
		return wideText(value.Bytes, 2)
	case tagUniversalString:
		return wideText(value.Bytes, 4)
	default:
		return "", false
	}
}

// wideText decodes text with two or four octets per character.
func wideText(octets []byte, width int) (string, bool) {
	if len(octets)%width != 0 {
		return "", false
	}
	var text strings.Builder
	for chunk := range slices.Chunk(octets, width) {
		r := rune(binary.BigEndian.Uint16(chunk[width-2:]))
		if width == 4 {
			r = rune(binary.BigEndian.Uint32(chunk))
		}
		if utf16.IsSurrogate(r) || !utf8.ValidRune(r) {
			return "", false
		}
		text.WriteRune(r)
	}
	return text.String(), true
}

func isASCII(octets []byte) bool {
	return !slices.ContainsFunc(octets, func(octet byte) bool { return octet >= utf8.RuneSelf })
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}

// encoded returns one element in DER. The tags used here are all below 31.
func encoded(tag int, content []byte) []byte {
	first := byte(tag)
	if tag == asn1.TagSequence || tag == asn1.TagSet {
		first |= 0x20 // constructed
	}
	length := []byte{byte(len(content))}
	if len(content) > 127 {
		size := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
		size = bytes.TrimLeft(size, "\x00")
		length = append([]byte{0x80 | byte(len(size))}, size...)
	}
	return slices.Concat([]byte{first}, length, content)
}

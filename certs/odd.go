package certs

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"
)

// Parse reads a certificate in DER. If crypto/x509 refuses its key, serial number or extensions,
// the certificate is read without them: a store that holds such a certificate must stay readable,
// and Raw is always the whole certificate, byte for byte. What depends on the missing parts stays
// undecided: the key is nil, and an unhandled critical extension stands for the extensions.
func Parse(der []byte) (*x509.Certificate, error) {
	certificate, err := x509.ParseCertificate(der)
	if err == nil {
		return certificate, nil
	}
	for _, without := range [][]part{
		{key}, {serial}, {extensions}, {key, extensions}, {serial, extensions}, {serial, key, extensions},
	} {
		if read := readWithout(der, without); read != nil {
			return read, nil
		}
	}
	return nil, err
}

// Oddities says in sentences how a certificate deviates from RFC 5280: most software accepts it, some does not.
func Oddities(certificate *x509.Certificate) []string {
	var odd []string
	if _, err := x509.ParseCertificate(certificate.Raw); err != nil {
		odd = append(odd, fmt.Sprintf("it can't be read in full (%s)", err))
	}
	if serial := OddSerial(certificate); serial != "" {
		odd = append(odd, "its serial number is "+serial)
	}
	return odd
}

// OddSerial says what is wrong with a certificate's serial number (RFC 5280, 4.1.2.2); "" if nothing is.
func OddSerial(certificate *x509.Certificate) string {
	const longest = 20*8 - 1 // bits; the first of 20 octets is the sign
	switch number := certificate.SerialNumber; {
	case number == nil:
		return "unreadable"
	case number.Sign() < 0:
		return "negative"
	case number.Sign() == 0:
		return "zero"
	case number.BitLen() > longest:
		return "longer than 20 octets"
	default:
		return ""
	}
}

// part is a field of a certificate that readWithout can replace.
type part int

const (
	serial part = iota
	key
	extensions
)

// substitutes replace the fields that are left out: the number 1, and a key of a nonexistent algorithm.
var substitutes = map[part][]byte{
	serial: {0x02, 0x01, 0x01},
	key:    {0x30, 0x0c, 0x30, 0x07, 0x06, 0x05, 0x69, 0x7f, 0x7f, 0x7f, 0x7f, 0x03, 0x01, 0x00},
}

// standInExtension marks a certificate whose extensions were left out.
var standInExtension = asn1.ObjectIdentifier{2, 5, 29}

func readWithout(der []byte, without []part) *x509.Certificate {
	outer, err := elements(der, asn1.TagSequence)
	if err != nil || len(outer) != 3 {
		return nil
	}
	inner, err := elements(outer[0], asn1.TagSequence)
	if err != nil {
		return nil
	}
	given := placesOf(inner)
	if given == nil {
		return nil
	}
	var body []byte
	for i, element := range inner {
		if p, ok := given[i]; ok && slices.Contains(without, p) {
			element = substitutes[p]
		}
		body = append(body, element...)
	}
	shortened := encoded(asn1.TagSequence, slices.Concat(encoded(asn1.TagSequence, body), outer[1], outer[2]))
	read, err := x509.ParseCertificate(shortened)
	if err != nil {
		return nil
	}
	putBack(read, der, outer[0], inner, given)
	if slices.Contains(without, extensions) {
		read.UnhandledCriticalExtensions = append(read.UnhandledCriticalExtensions, standInExtension)
	}
	return read
}

// putBack restores the original bytes in a certificate that was read in part.
func putBack(read *x509.Certificate, der, signed []byte, inner [][]byte, given map[int]part) {
	read.Raw, read.RawTBSCertificate = bytes.Clone(der), bytes.Clone(signed)
	for i, p := range given {
		switch p {
		case key:
			read.RawSubjectPublicKeyInfo = bytes.Clone(inner[i])
		case serial:
			read.SerialNumber = nil
			_, _ = asn1.Unmarshal(inner[i], &read.SerialNumber)
		}
	}
}

// placesOf locates the fields of a TBSCertificate (RFC 5280, 4.1) by position; nil if there are too few.
func placesOf(inner [][]byte) map[int]part {
	const version, optional = 0xa0, 0xa3
	first := 0
	if len(inner) > 0 && len(inner[0]) > 0 && inner[0][0] == version {
		first = 1
	}
	if len(inner) < first+6 {
		return nil
	}
	given := map[int]part{first: serial, first + 5: key}
	for i := first + 6; i < len(inner); i++ {
		if inner[i][0] == optional {
			given[i] = extensions
		}
	}
	return given
}

// elements returns the elements inside a constructed element.
func elements(der []byte, tag int) ([][]byte, error) {
	var outer asn1.RawValue
	rest, err := asn1.Unmarshal(der, &outer)
	if err != nil || len(rest) > 0 || !isConstructed(outer, tag) {
		return nil, fmt.Errorf("not one element: %w", err)
	}
	var all [][]byte
	for rest := outer.Bytes; len(rest) > 0; {
		var value asn1.RawValue
		if rest, err = asn1.Unmarshal(rest, &value); err != nil {
			return nil, fmt.Errorf("a broken element: %w", err)
		}
		all = append(all, value.FullBytes)
	}
	return all, nil
}

// LacksExtensions reports whether a certificate was read without its extensions.
func LacksExtensions(certificate *x509.Certificate) bool {
	return slices.ContainsFunc(certificate.UnhandledCriticalExtensions, standInExtension.Equal)
}

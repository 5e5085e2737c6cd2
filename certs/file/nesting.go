package file

import (
	"errors"
	"fmt"
	"math"
)

// Tags of ASN.1 (X.690, 8.1.2).
const (
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagIdentifier  = 0x06
	tagSequence    = 0x30

	constructed = 0x20
	longTag     = 0x1f
	indefinite  = -1
)

// maxDepth and maxRounds limit the input of the decoders, which nest as deep and derive keys as
// often as the file says. Common files nest 15 deep and ask for 2,000 to 600,000 rounds.
const (
	maxDepth  = 64
	maxRounds = 2_000_000
)

// element is a tag and a length; body is what follows.
type element struct {
	tag    byte
	length int // of the content, or indefinite
	body   []byte
}

func nextElement(data []byte) (element, bool) {
	if len(data) < 2 || data[0]&longTag == longTag {
		return element{}, false
	}
	e := element{tag: data[0], length: int(data[1]), body: data[2:]}
	switch n := e.length & 0x7f; {
	case e.length == 0x80:
		e.length = indefinite
		return e, e.tag&constructed != 0
	case e.length > 0x80:
		if n > 4 || len(e.body) < n {
			return element{}, false
		}
		e.length = 0
		for _, octet := range e.body[:n] {
			e.length = e.length<<8 | int(octet)
		}
		e.body = e.body[n:]
	}
	return e, e.length <= len(e.body)
}

// checkNesting walks a file without decoding it. It returns the tag of the first element inside the outer sequence.
// docs/design/certs.md: Certificate files are measured before they are decoded
func checkNesting(data []byte) (byte, error) {
	outer, ok := nextElement(data)
	if !ok || outer.tag != tagSequence {
		return 0, ErrUnknown
	}
	inner, ok := nextElement(outer.body)
	if !ok {
		return 0, ErrUnknown
	}
	_, err := walk(data, 0, false)
	return inner.tag, err
}

// walk visits consecutive elements and their contents and returns the rest. An open sequence ends with an end mark.
func walk(data []byte, depth int, open bool) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: it is nested deeper than %d levels", ErrExcessive, maxDepth)
	}
	var before byte
	for len(data) > 0 {
		e, ok := nextElement(data)
		if !ok {
			return nil, fmt.Errorf("%w: an element is cut off", ErrDamaged)
		}
		if open && e.tag == 0 && e.length == 0 {
			return e.body, nil
		}
		// Salt and rounds stand side by side in every derivation (RFC 7292, 4 and B.4; RFC 8018, A.2).
		if e.tag == tagInteger && before == tagOctetString && integer(e.content()) > maxRounds {
			return nil, fmt.Errorf("%w: more than %d rounds of key derivation", ErrExcessive, maxRounds)
		}
		var err error
		if data, err = e.enter(depth); err != nil {
			return nil, err
		}
		before = e.tag
	}
	return nil, nil
}

// enter walks an element's content and returns what follows the element.
func (e element) enter(depth int) ([]byte, error) {
	if e.length == indefinite {
		return walk(e.body, depth+1, true)
	}
	if e.tag&constructed != 0 {
		if _, err := walk(e.content(), depth+1, false); err != nil {
			return nil, err
		}
	}
	if e.wraps() { // encrypted content can look like it
		if _, err := walk(e.content(), depth+1, false); errors.Is(err, ErrExcessive) {
			return nil, err
		}
	}
	return e.body[e.length:], nil
}

// wraps reports whether an octet string holds exactly one sequence, as PKCS #12 wraps its parts.
func (e element) wraps() bool {
	inner, ok := nextElement(e.content())
	return e.tag == tagOctetString && ok && inner.tag == tagSequence && inner.length == len(inner.body)
}

func (e element) content() []byte { return e.body[:max(e.length, 0)] }

// integer reads a number; one that overflows counts as the largest.
func integer(content []byte) int {
	value := 0
	for _, octet := range content {
		if value > math.MaxInt32>>8 {
			return math.MaxInt32
		}
		value = value<<8 | int(octet)
	}
	return value
}

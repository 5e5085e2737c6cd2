// Package textfile converts text files from editors and shells to UTF-8: Windows PowerShell
// redirects into UTF-16 with a byte order mark, and some editors put one before UTF-8.
package textfile

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	markUTF8  = []byte("\xef\xbb\xbf")
	markUTF16 = map[string]binary.ByteOrder{"\xff\xfe": binary.LittleEndian, "\xfe\xff": binary.BigEndian}
)

// UTF8 returns a text as UTF-8 without a byte order mark. UTF-16 and UTF-32 are recognised by their marks, or by a
// first ASCII letter in two or four bytes. Line ends stay unchanged. Incomplete UTF-16 or UTF-32 is returned
// unchanged for the caller to refuse: half a letter at the end may mean half a file.
func UTF8(data []byte) []byte {
	if text, marked := bytes.CutPrefix(data, markUTF8); marked {
		return text
	}
	if letters, order := utf32Letters(data); order != nil {
		if text, whole := decodeWide(letters, order); whole {
			return text
		}
		return data
	}
	units, order := utf16Units(data)
	if order == nil {
		return data
	}
	if text, whole := decode(units, order); whole {
		return text
	}
	return data
}

// utf16Units returns the bytes of a UTF-16 text without its mark; order is nil if the text is not
// UTF-16.
func utf16Units(data []byte) (units []byte, order binary.ByteOrder) {
	if len(data) < 2 {
		return nil, nil
	}
	if order = markUTF16[string(data[:2])]; order != nil {
		return data[2:], order
	}
	switch first, second := data[0], data[1]; {
	case second == 0 && isASCII(first):
		return data, binary.LittleEndian
	case first == 0 && isASCII(second):
		return data, binary.BigEndian
	}
	return nil, nil
}

// utf32Letters returns the bytes of a UTF-32 text without its mark; order is nil if the text is not UTF-32. The mark of
// its little-endian form begins as that of UTF-16 does.
func utf32Letters(data []byte) (letters []byte, order binary.ByteOrder) {
	if len(data) < 4 {
		return nil, nil
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch first := order.Uint32(data); {
		case first == 0xfeff:
			return data[4:], order
		case first < utf8.RuneSelf && isASCII(byte(first)):
			return data, order
		}
	}
	return nil, nil
}

func decodeWide(letters []byte, order binary.ByteOrder) (text []byte, whole bool) {
	if len(letters)%4 != 0 {
		return nil, false
	}
	text = make([]byte, 0, len(letters)/4)
	for i := 0; i < len(letters); i += 4 {
		letter := order.Uint32(letters[i:])
		if letter > unicode.MaxRune || !utf8.ValidRune(rune(letter)) {
			return nil, false
		}
		text = utf8.AppendRune(text, rune(letter))
	}
	return text, true
}

func isASCII(b byte) bool { return b >= '\t' && b <= '~' }

func decode(units []byte, order binary.ByteOrder) (text []byte, whole bool) {
	if len(units)%2 != 0 {
		return nil, false
	}
	text = make([]byte, 0, len(units)/2)
	for i := 0; i < len(units); i += 2 {
		letter := rune(order.Uint16(units[i:]))
		if utf16.IsSurrogate(letter) {
			if i += 2; i == len(units) {
				return nil, false
			}
			if letter = utf16.DecodeRune(letter, rune(order.Uint16(units[i:]))); letter == utf8.RuneError {
				return nil, false
			}
		}
		text = utf8.AppendRune(text, letter)
	}
	return text, true
}

package textfile_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"

	"github.com/acfix/acfix/internal/textfile"
)

// asUTF16 is how Windows PowerShell 5 writes a text that is redirected, with the mark or without.
func asUTF16(text string, bigEndian, mark bool) []byte {
	units := utf16.Encode([]rune(text))
	if mark {
		units = append([]uint16{0xfeff}, units...)
	}
	var out bytes.Buffer
	for _, unit := range units {
		high, low := byte(unit>>8), byte(unit)
		if !bigEndian {
			high, low = low, high
		}
		out.Write([]byte{high, low})
	}
	return out.Bytes()
}

func asUTF32(text string, order binary.AppendByteOrder, mark bool) []byte {
	var out []byte
	if mark {
		out = order.AppendUint32(out, 0xfeff)
	}
	for _, letter := range text {
		out = order.AppendUint32(out, uint32(letter))
	}
	return out
}

// TestUTF32IsText: some editors offer it, and its mark begins as that of UTF-16 does.
func TestUTF32IsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"devices:\r\n- name: bücher\n", "€ 𝄞\n", ";**\r\n", "[ x ]"} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			assert.Equal(t, text, string(textfile.UTF8(asUTF32(text, order, true))))
			if text[0] < 0x80 {
				assert.Equal(t, text, string(textfile.UTF8(asUTF32(text, order, false))))
			}
			cut := asUTF32(text, order, true)[:9]
			assert.Equal(t, cut, textfile.UTF8(cut), "half a letter")
		}
	}
	wrong := "\xff\xfe\x00\x00\x00\x00\x11\x00"
	assert.Equal(t, wrong, string(textfile.UTF8([]byte(wrong))), "no letter has that number")
}

func TestTextIsTextInEveryEncoding(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"devices:\r\n- name: bücher\n", "{}", "€ 𝄞\n", "{\"x\": \"𝄞\"}\r\n", ""} {
		assert.Equal(t, text, string(textfile.UTF8([]byte(text))))
		assert.Equal(t, text, string(textfile.UTF8([]byte("\xef\xbb\xbf"+text))))
		for _, bigEndian := range []bool{false, true} {
			assert.Equal(t, text, string(textfile.UTF8(asUTF16(text, bigEndian, true))))
			if text != "" && text[0] < 0x80 {
				assert.Equal(t, text, string(textfile.UTF8(asUTF16(text, bigEndian, false))))
			}
		}
	}
}

// TestWhatIsNoWholeTextStaysAsItIs: its reader refuses it.
func TestWhatIsNoWholeTextStaysAsItIs(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"half a letter at the end":        "\xff\xfea\x00b",
		"half a pair at the end":          "\xff\xfea\x00\x34\xd8",
		"a pair in the wrong order":       "\xff\xfe\x1e\xdd\x34\xd8",
		"the first half of a pair, alone": "\xff\xfe\x34\xd8a\x00",
		"DER":                             "\x30\x82\x01\x00",
		"Latin-1":                         "b\xfccher",
		"one byte":                        "\xff",
		"NUL bytes alone":                 "\x00\x00\x00\x00",
	} {
		assert.Equal(t, data, string(textfile.UTF8([]byte(data))), name)
	}
}

func FuzzUTF8(f *testing.F) {
	f.Add("text", true)
	f.Fuzz(func(t *testing.T, text string, bigEndian bool) {
		clean := string([]rune(text))
		if strings.HasPrefix(clean, "\x00") {
			return // after the mark of UTF-16, it makes the mark of UTF-32
		}
		assert.Equal(t, clean, string(textfile.UTF8(asUTF16(clean, bigEndian, true))))
	})
}

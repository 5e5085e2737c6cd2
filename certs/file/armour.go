package file

import (
	"encoding/base64"
	"strings"
)

var pemBegin = []byte("-----BEGIN ")

// block is one armoured piece of a file. Its DER is nil where it can't be read.
type block struct {
	label     string
	encrypted bool // its header says so (RFC 1421, 4.6.1.1)
	der       []byte
}

// mostLabel bounds what may be quoted of a file: what stands behind a cut BEGIN line can be a key.
const mostLabel = 40

// blocks cuts a text at each BEGIN line, so that a broken block costs nothing but itself. Line
// ends, indents and the lengths of lines don't matter, nor that line ends became blanks or "\n".
func blocks(text []byte) []block {
	var found []block
	for _, rest := range strings.Split(string(text), string(pemBegin))[1:] {
		label, body, _ := strings.Cut(rest, "-----")
		if len(label) > mostLabel || strings.ContainsAny(label, "\r\n") {
			found = append(found, block{})
			continue
		}
		found = append(found, blockOf(strings.TrimSpace(label), body))
	}
	return found
}

func blockOf(label, body string) block {
	inside, end, _ := strings.Cut(body, "-----END ")
	last, _, closed := strings.Cut(end, "-----")
	if !closed || strings.TrimSpace(last) != label {
		return block{label: label}
	}
	encrypted, data := withoutHeaders(inside)
	der, _ := decodeBase64(data)
	return block{label: label, encrypted: encrypted, der: der}
}

// withoutHeaders takes the lines above the data of a block away: "DEK-Info: AES-256-CBC,…" (RFC 1421,
// 4.6). Base64 has no colon.
func withoutHeaders(inside string) (encrypted bool, data string) {
	lines := strings.NewReplacer("\r\n", "\n", "\r", "\n", `\r`, "", `\n`, "\n").Replace(inside)
	var kept []string
	for _, line := range strings.Split(lines, "\n") {
		if !strings.Contains(line, ":") {
			kept = append(kept, line)
		}
	}
	return strings.Contains(lines, "Proc-Type:") && strings.Contains(lines, "ENCRYPTED"), strings.Join(kept, "\n")
}

// decodeBase64 reads Base64 with lines of any length, perhaps with the mark that ends a file of DOS.
func decodeBase64(text string) ([]byte, bool) {
	compact := strings.Join(strings.Fields(strings.TrimRight(text, "\x00\x1a")), "")
	if compact == "" {
		return nil, false
	}
	decoded, err := base64.StdEncoding.DecodeString(compact)
	if err != nil {
		return nil, false
	}
	return decoded, true
}

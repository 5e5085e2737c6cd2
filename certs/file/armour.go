package file

import (
	"encoding/base64"
	"strings"
)

var pemBegin = []byte("-----BEGIN ")

// block is one armoured part of a file. Its DER is nil if it cannot be read.
type block struct {
	label     string
	encrypted bool // its header says so (RFC 1421, 4.6.1.1)
	der       []byte
}

// mostLabel limits what may be quoted from a file: text after a truncated BEGIN line can be a key.
const mostLabel = 40

// blocks cuts a text at each BEGIN line, so that a broken block spoils only itself. Line ends,
// indentation and line lengths do not matter, nor do line ends that became spaces or "\n".
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

// withoutHeaders removes the header lines of a block: "DEK-Info: AES-256-CBC,…" (RFC 1421, 4.6). Base64 has no colon.
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

// decodeBase64 reads Base64 with lines of any length, and ignores DOS's end-of-file mark.
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

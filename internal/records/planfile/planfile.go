// Package planfile seals a plan into a file and opens it again. The seal is a MAC over
// every byte of the text: Open refuses a plan that was edited, truncated or made with another
// key, so that an attacker cannot direct a password to another host or a change to another device.
//
// The file is the plan's own JSON document with one more key, "mac".
package planfile

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/acfix/acfix/internal/textfile"
)

// ErrNotSealed is in the chain of every error of Open: acfix did not write the file, or it was changed.
var ErrNotSealed = errors.New("the plan is not as acfix wrote it")

// ErrUnsealed is ErrNotSealed for a file without a seal, such as a plan printed to stdout.
var ErrUnsealed = fmt.Errorf("%w: it does not end in a seal", ErrNotSealed)

// MaxBytes limits a plan file; ten thousand devices take some 60 MB.
const MaxBytes = 256 << 20

const macField = `"mac": "`

// placeholder takes the MAC's place while the MAC is computed.
var placeholder = strings.Repeat("0", hex.EncodedLen(sha256.Size))

// Seal renders a document, which must be a JSON object, and seals it with the key.
// docs/design/records.md: A plan is sealed over its text
func Seal(document any, key []byte) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	body := bytes.TrimSuffix(text.Bytes(), []byte("\n}\n"))
	sealed := fmt.Appendf(nil, "%s,\n  %s%s\"\n}\n", body, macField, placeholder)
	at := len(sealed) - len(placeholder) - len("\"\n}\n")
	copy(sealed[at:], mac(sealed, key))
	return sealed, nil
}

// Open verifies the seal and only then decodes the document into the value. It also opens a file that Windows rewrote
// in UTF-16, with a byte order mark or with CRLF: the seal covers the text, which that does not change.
func Open(data, key []byte, into any) error {
	if len(data) > MaxBytes {
		return fmt.Errorf("%w: it is larger than %d bytes", ErrNotSealed, MaxBytes)
	}
	return open(asSealed(data), key, into)
}

// asSealed undoes PowerShell's changes to a text that it redirects or copies. JSON strings escape their line ends, so
// a literal line end is never inside a value.
func asSealed(data []byte) []byte {
	text := textfile.UTF8(data)
	if bytes.Equal(text, data) && !bytes.Contains(data, []byte("\r\n")) {
		return data
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return append(bytes.TrimRight(text, "\n"), '\n')
}

func open(data, key []byte, into any) error {
	at := len(data) - len(placeholder) - len("\"\n}\n")
	if at < len(macField) || string(data[at-len(macField):at]) != macField {
		return ErrUnsealed
	}
	unsealed := bytes.Clone(data)
	copy(unsealed[at:], placeholder)
	if !hmac.Equal(data[at:at+len(placeholder)], mac(unsealed, key)) {
		return fmt.Errorf("%w: it was edited, or sealed with another key", ErrNotSealed)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSealed, err)
	}
	return nil
}

func mac(sealed, key []byte) []byte {
	hash := hmac.New(sha256.New, key)
	hash.Write(sealed)
	return []byte(hex.EncodeToString(hash.Sum(nil)))
}

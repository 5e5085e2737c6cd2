// Package planfile seals a plan into a file and opens it again. The seal is a MAC over
// every byte of the text: a plan that was edited, cut off or made with another key is refused, so
// that nobody can steer a password to another host or a change to another device.
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

// ErrNotSealed is in the chain of every error of Open: the file is no plan of ours, or
// not as it was written.
var ErrNotSealed = errors.New("the plan is not as acfix wrote it")

// ErrUnsealed is ErrNotSealed for a file without a seal, as a plan on stdout is.
var ErrUnsealed = fmt.Errorf("%w: it does not end in a seal", ErrNotSealed)

// MaxBytes bounds a plan file; ten thousand devices take some 60 MB.
const MaxBytes = 256 << 20

const macField = `"mac": "`

// placeholder stands where the MAC will be while the MAC is computed.
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

// Open checks the seal and decodes the document into the value. Nothing of the file is
// looked at before the seal was found right. A file that Windows wrote anew, in UTF-16, behind a byte order mark or
// with CRLF, opens: the seal covers the text, and no letter of it is changed by that.
func Open(data, key []byte, into any) error {
	if len(data) > MaxBytes {
		return fmt.Errorf("%w: it is larger than %d bytes", ErrNotSealed, MaxBytes)
	}
	return open(asSealed(data), key, into)
}

// asSealed undoes what PowerShell makes of a text that it redirects or copies. A line end within a string is written
// as an escape, so each one that stands there is between keys and values.
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

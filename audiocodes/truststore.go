package audiocodes

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
)

// TrustedRoots is a TLS Context's store as the device sends it: consecutive PEM blocks, without names or numbers.
type TrustedRoots struct {
	PEM []byte
	// Absent is the status (400 or 404) with which the device said that there is nothing to read; 0 if it sent the
	// store. An absent store counts as empty because the same context's certificate could be read; it must never be
	// replaced from a backup.
	Absent int
}

const (
	storeLimit       = 8 << 20
	certificateLimit = 1 << 20
)

// TrustedRoots reads a TLS Context's whole store (GET /files/tls/<id>/trustedRoot, LTRT-41761). The answer for an
// empty store is not documented: 200 without content counts as empty, 400 and 404 only if the context itself exists.
func (c *Client) TrustedRoots(ctx context.Context, id int) (TrustedRoots, error) {
	operation := fmt.Sprintf("read the trusted roots of TLS Context %d", id)
	body, err := c.getFile(ctx, call{operation: operation, path: storePath(id), limit: storeLimit}, checkStore)
	if status, absent := Absent(err); absent {
		if _, certificateErr := c.Certificate(ctx, id); ctx.Err() != nil {
			return TrustedRoots{}, certificateErr
		} else if certificateErr != nil {
			return TrustedRoots{}, err
		}
		return TrustedRoots{Absent: status}, nil
	}
	if err != nil {
		return TrustedRoots{}, err
	}
	return TrustedRoots{PEM: body}, nil
}

// getFile reads a file that passes the check.
func (c *Client) getFile(ctx context.Context, call call, check func([]byte) error) (body []byte, err error) {
	call.timeout = c.options.Timeout
	call.decode = func(answer reply) error {
		body = []byte(answer.body)
		return check(body)
	}
	if err := c.get(ctx, call); err != nil {
		return nil, err
	}
	return body, nil
}

var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
	pemLine  = []byte("-----") // ends either line
)

// checkStore refuses an incomplete store: text without a PEM block, or a last block without its end.
func checkStore(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	last := bytes.LastIndex(body, pemBegin)
	if last < 0 {
		return errors.New("there is no certificate in it")
	}
	_, end, _ := bytes.Cut(body[last:], pemEnd)
	if !bytes.Contains(end, pemLine) {
		return errors.New("it ends inside a certificate")
	}
	return nil
}

// AddTrustedRoot adds one certificate to a TLS Context's store (PUT /files/tls/<id>/trustedRoot/incremental,
// LTRT-41761). The file must be exactly one certificate: how a device treats several is not documented. The change is
// in RAM only. Success is only the device's claim: read the store back.
func (c *Client) AddTrustedRoot(ctx context.Context, id int, certificate []byte) error {
	block, rest := pem.Decode(certificate)
	if block == nil || block.Type != "CERTIFICATE" || len(bytes.TrimSpace(rest)) != 0 {
		return fmt.Errorf("add a trusted root to TLS Context %d: the file is not exactly one PEM certificate", id)
	}
	_, err := c.send(ctx, call{
		operation: fmt.Sprintf("add a trusted root to TLS Context %d", id),
		method:    http.MethodPut, path: storePath(id) + "/incremental",
		timeout: c.options.LongTimeout, limit: answerLimit,
		// LF line ends, as in the document's own example.
		prepare: upload("root.pem", encode(block.Bytes)),
	})
	return err
}

// ErrGuard is in the chain when ReplaceTrustedRoots refuses before anything is sent.
var ErrGuard = errors.New("the store must not be replaced by this")

// ReplaceTrustedRoots replaces a TLS Context's whole store (PUT /files/tls/<id>/trustedRoot, LTRT-41761), which ends
// the context's connections. It exists only to remove roots: fresh is the store as just read; remaining must be a
// smaller part of it, not empty, and both may contain only certificates. Only those are sent, without the text
// between them. Context 0 is refused: its store decides who may log in.
func (c *Client) ReplaceTrustedRoots(ctx context.Context, id int, fresh, remaining []byte) error {
	roots, err := guardReplace(id, fresh, remaining)
	if err != nil {
		return fmt.Errorf("replace the trusted roots of TLS Context %d: %w: %w", id, ErrGuard, err)
	}
	_, err = c.send(ctx, call{
		operation: fmt.Sprintf("replace the trusted roots of TLS Context %d", id),
		method:    http.MethodPut, path: storePath(id),
		timeout: c.options.LongTimeout, limit: answerLimit,
		prepare: upload("roots.pem", encode(roots...)),
	})
	return err
}

// guardReplace returns the certificates that may replace the store.
func guardReplace(id int, fresh, remaining []byte) ([][]byte, error) {
	if id == 0 {
		return nil, errors.New("TLS Context 0 serves the management interface")
	}
	before, err := certificates(fresh)
	if err != nil {
		return nil, err
	}
	after, err := certificates(remaining)
	if err != nil {
		return nil, err
	}
	if len(after) == 0 {
		return nil, errors.New("it would be empty")
	}
	copies := map[string]int{}
	for _, der := range before {
		copies[string(der)]++
	}
	for _, der := range after {
		if copies[string(der)]--; copies[string(der)] < 0 {
			return nil, errors.New("it would gain a certificate")
		}
	}
	if len(after) == len(before) {
		return nil, errors.New("it would lose nothing")
	}
	return after, nil
}

// certificates returns the DER certificates of a PEM file, and an error if it holds any other block.
func certificates(data []byte) ([][]byte, error) {
	var list [][]byte
	for range bytes.Count(data, pemBegin) {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil || block.Type != "CERTIFICATE" {
			return nil, errors.New("a block can't be read")
		}
		list = append(list, block.Bytes)
	}
	return list, nil
}

// encode writes certificates one after another, with LF line ends and without PEM headers.
func encode(certificates ...[]byte) []byte {
	var text []byte
	for _, der := range certificates {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return text
}

// Certificate reads a TLS Context's own certificate as PEM (GET /files/tls/<id>/certificate, LTRT-41761).
func (c *Client) Certificate(ctx context.Context, id int) ([]byte, error) {
	operation := fmt.Sprintf("read the certificate of TLS Context %d", id)
	path := fmt.Sprintf("/files/tls/%d/certificate", id)
	return c.getFile(ctx, call{operation: operation, path: path, limit: certificateLimit}, checkCertificate)
}

// checkCertificate keeps an answer that is not a complete certificate out of a backup.
func checkCertificate(body []byte) error {
	if err := checkStore(body); err != nil {
		return err
	}
	if block, _ := pem.Decode(body); block == nil || block.Type != "CERTIFICATE" {
		return errors.New("there is no certificate in it")
	}
	return nil
}

func storePath(id int) string { return fmt.Sprintf("/files/tls/%d/trustedRoot", id) }

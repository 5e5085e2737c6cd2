package httpserver

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/acfix/acfix/certs/file"
)

// pair is a certificate with its key; both are read again after a renewal.
type pair struct {
	files *reloaded[*tls.Certificate]
	log   *slog.Logger
}

func openPair(config Config) (*pair, error) {
	certFile, keyFile := config.CertFile, config.KeyFile
	if certFile == "" || keyFile == "" {
		return nil, fmt.Errorf("%w: it takes both a certificate and a key", ErrCertificate)
	}
	read := func() (*tls.Certificate, error) { return loadPair(certFile, keyFile, config.Open) }
	p := &pair{log: config.Log, files: &reloaded[*tls.Certificate]{paths: []string{certFile, keyFile}, read: read}}
	if _, err := p.files.current(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return p, nil
}

// loadPair reads PEM or DER files, with or without a byte order mark.
func loadPair(certFile, keyFile string, open Opener) (*tls.Certificate, error) {
	certificates, err := readWith(open, certFile)
	if err != nil {
		return nil, err
	}
	key, err := readWith(open, keyFile)
	if err != nil {
		return nil, err
	}
	chain, err := file.Parse(certificates, "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", certFile, err)
	}
	keys, err := file.ParseKeys(key, "")
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyFile, err)
	}
	return file.Pair(chain, keys)
}

// maxPairFile bounds a file of certificates or keys, in bytes.
const maxPairFile = 1 << 20

func readWith(open Opener, path string) ([]byte, error) {
	if open == nil {
		open = os.Open
	}
	opened, err := open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	return io.ReadAll(io.LimitReader(opened, maxPairFile))
}

// certificate returns the newest usable certificate: during a renewal, certificate and key may not match yet.
func (p *pair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate, err := p.files.current()
	if err != nil {
		p.log.Warn("the renewed certificate can't be used; the previous one stays in use", "error", err)
	}
	return certificate, nil
}

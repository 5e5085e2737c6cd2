package httpserver

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"

	"github.com/acfix/acfix/certs/file"
)

// pair is a certificate with its key, which change when they are renewed.
type pair struct {
	files *reloaded[*tls.Certificate]
	log   *slog.Logger
}

func openPair(certFile, keyFile string, log *slog.Logger) (*pair, error) {
	p := &pair{log: log, files: &reloaded[*tls.Certificate]{paths: []string{certFile, keyFile}, read: func() (*tls.Certificate, error) {
		return loadPair(certFile, keyFile)
	}}}
	if certFile == "" || keyFile == "" {
		return nil, fmt.Errorf("%w: certificate and key are needed both", ErrCertificate)
	}
	if _, err := p.files.current(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	return p, nil
}

// loadPair reads the files as people have them: PEM or DER, with a byte order mark or without.
func loadPair(certFile, keyFile string) (*tls.Certificate, error) {
	certificates, err := os.ReadFile(certFile)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(keyFile)
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

// certificate is the newest that can be used: while files are being renewed, certificate and
// key may not fit.
func (p *pair) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate, err := p.files.current()
	if err != nil {
		p.log.Warn("the renewed certificate can't be used, the one before stays", "error", err)
	}
	return certificate, nil
}

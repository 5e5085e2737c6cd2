package main

import (
	"crypto/tls"
	"errors"

	"github.com/acfix/acfix/certs/file"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/usage"
)

// pairHints says what to do for each reason that a certificate and a key do not match.
var pairHints = []struct {
	reason error
	hint   string
}{
	{file.ErrOrder, "put the key's own certificate first, then each issuer behind the one that it issued: " +
		"the SBC sends the file as it stands"},
	{file.ErrForeignKey, "give files that belong together"},
	{file.ErrKeyUnread, "give the key without a passphrase: RSA, EC or Ed25519, in PEM or DER"},
	{file.ErrDamaged, "give a file whose certificates can all be read"},
}

// clientCertificate reads a certificate and its key; no error contains any part of either.
func (a *app) clientCertificate(certificate, key string) (*tls.Certificate, error) {
	if certificate == "" && key == "" {
		return nil, nil
	}
	if certificate == "" || key == "" {
		return nil, usage.Errorf("a client certificate needs its private key").Hint("give both --cert and --key")
	}
	password := a.getenv(pfxPassword)
	content, err := certfile.Read(certificate)
	if err != nil {
		return nil, usage.Errorf("%s can't be read: %s", certificate, err).Hint("check the path given with --cert")
	}
	chain, err := file.Parse(content, password)
	if err != nil {
		return nil, usage.Errorf("--cert and --key: %s: %s", certificate, err).
			Hint(file.Advice(err, "give a file with certificates: PEM, DER, P7B or PFX"))
	}
	keys, err := a.openKeys(key, password)
	if err != nil {
		return nil, err
	}
	pair, err := file.Pair(chain, keys)
	for _, row := range pairHints {
		if errors.Is(err, row.reason) {
			return nil, usage.Errorf("--cert and --key: %s", err).Hint(row.hint)
		}
	}
	return pair, err
}

package main

import (
	"crypto/x509"
	"fmt"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/usage"
)

// trustedRoots returns the roots of a file, or the system's. Other certificates in the file are left out.
func (a *app) trustedRoots(path string, memo *certs.Memo) (*certs.Anchors, error) {
	if path == "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, usage.Errorf("the system's trusted roots can't be read: %s", err).
				Hint("name the roots that count with --trust FILE")
		}
		return certs.SystemAnchors("the trusted roots of this machine", pool, memo), nil
	}
	read, err := certfile.Bundle(path)
	if err != nil {
		return nil, err
	}
	if err := certfile.Whole(path, read); err != nil {
		return nil, err
	}
	for _, problem := range certfile.Texts(read.Problems) {
		a.warn(foreign.Clean(fmt.Sprintf("--trust: %s: %s; it is left out", path, problem)))
	}
	roots := certfile.All(read)
	anchors, others := certs.NewAnchors("the roots of "+path, roots, memo)
	switch len(others) {
	case 0:
		return anchors, nil
	case len(roots):
		return nil, usage.Errorf("--trust: %s holds no root certificate", path).
			Hint("name the file of the roots; a chain is read from the certificate's own file")
	}
	a.say("%s: %d certificates that are no roots are left out", path, len(others))
	return anchors, nil
}

// Package aia follows the addresses in the AIA (authority information access) of certificates with a given HTTP client.
package aia

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/acfix/acfix/certs/check"
)

// Bounds for addresses that a foreign certificate names.
const (
	maxAddresses = 20
	maxRedirects = 5
)

var (
	errScheme    = errors.New("the address is neither http nor https")
	errRedirects = errors.New("too many redirects")
	errUnclear   = errors.New("its redirect has no usable address")
	errTooMany   = fmt.Errorf("more than %d addresses; the others were not asked", maxAddresses)
)

// Follow requests each address of the certificates once, and follows redirects as long as they lead to HTTP. It ignores
// the client's own redirect policy. It never returns nil.
func Follow(ctx context.Context, client *http.Client, certificates []*x509.Certificate) []check.Address {
	single := *client
	single.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	followed := []check.Address{}
	for i, address := range addresses(certificates) {
		if i == maxAddresses {
			return append(followed, check.Address{URL: address, Err: errTooMany})
		}
		secure, err := follow(ctx, &single, address)
		followed = append(followed, check.Address{URL: address, HTTPS: secure, Err: err})
	}
	return followed
}

// addresses returns the addresses of the certificates, up to the first beyond the limit.
func addresses(certificates []*x509.Certificate) []string {
	var list []string
	for _, certificate := range certificates {
		for _, address := range slices.Concat(certificate.IssuingCertificateURL, certificate.OCSPServer) {
			if !slices.Contains(list, address) && len(list) <= maxAddresses {
				list = append(list, address)
			}
		}
	}
	return list
}

// follow returns the HTTPS address of a redirect from HTTP; "" if there is none.
func follow(ctx context.Context, client *http.Client, address string) (string, error) {
	for range maxRedirects {
		at, err := url.Parse(address)
		if err != nil || at.Scheme != "http" && at.Scheme != "https" {
			return "", errScheme
		}
		next, err := redirect(ctx, client, at)
		if err != nil || next == nil {
			return "", err
		}
		if at.Scheme == "http" && next.Scheme == "https" {
			return next.String(), nil
		}
		address = next.String()
	}
	return "", errRedirects
}

// redirect makes one request and returns its redirect; nil if there is none.
func redirect(ctx context.Context, client *http.Client, at *url.URL) (*url.URL, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, errScheme
	}
	response, err := client.Do(request)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return nil, wrapped.Err // without the address, which is shown already
	}
	if err != nil {
		return nil, err
	}
	_ = response.Body.Close()
	if response.StatusCode < 300 || response.StatusCode > 399 {
		return nil, nil
	}
	next, err := response.Location()
	if err != nil {
		return nil, errUnclear
	}
	return next, nil
}

// Package aia follows the addresses that certificates name in their AIA (authority
// information access), by an HTTP client that it is given.
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
	errRedirects = errors.New("it redirects again and again")
	errUnclear   = errors.New("its redirect leads nowhere")
	errTooMany   = fmt.Errorf("there are more than %d addresses, and the rest was not asked", maxAddresses)
)

// Follow asks each address that the certificates name for its headers, each once, and
// follows redirects as long as they stay with HTTP. The client's own way with redirects is
// not used. It never returns nil.
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

// addresses are those that the certificates name, as far as to the first that is too many.
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

// follow returns the HTTPS address that a redirect from HTTP led to; "" if none did.
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

// redirect asks once; nil where the answer is no redirect.
func redirect(ctx context.Context, client *http.Client, at *url.URL) (*url.URL, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, errScheme
	}
	response, err := client.Do(request)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return nil, wrapped.Err // the address is told beside it
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

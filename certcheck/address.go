package certcheck

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// Address is one address in the AIA (authority information access) of an intermediate
// certificate, and where it led.
type Address struct {
	URL string
	// HTTPS is where a redirect from HTTP led to HTTPS; "" where none did.
	HTTPS string
	// Err is why the address could not be followed; nil when it was.
	Err error
}

// Bounds for addresses that a foreign certificate names.
const (
	maxAddresses = 20
	maxRedirects = 5
)

var (
	errScheme    = errors.New("the address is neither http nor https")
	errRedirects = errors.New("it redirects again and again")
	errUnclear   = errors.New("its redirect leads nowhere")
)

// FollowAddresses asks each address in the AIA of the intermediates for its headers and
// follows redirects as long as they stay with HTTP. The client's own way with redirects is
// not used. It never returns nil.
func FollowAddresses(ctx context.Context, client *http.Client, s Subject) []Address {
	single := *client
	single.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	followed := []Address{}
	for _, address := range addresses(s) {
		secure, err := follow(ctx, &single, address)
		followed = append(followed, Address{URL: address, HTTPS: secure, Err: err})
	}
	return followed
}

func addresses(s Subject) []string {
	var list []string
	for _, certificate := range intermediates(s) {
		for _, address := range slices.Concat(certificate.IssuingCertificateURL, certificate.OCSPServer) {
			if !slices.Contains(list, address) && len(list) < maxAddresses {
				list = append(list, address)
			}
		}
	}
	return list
}

// intermediates are the CAs between the leaf and its root, as far as they came along.
func intermediates(s Subject) []*x509.Certificate {
	return slices.DeleteFunc(path(s)[1:], isRoot)
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

func noRedirect(s Subject, o Options) finding {
	if o.Addresses == nil {
		return untold("the addresses were not asked; that takes --online")
	}
	if len(intermediates(s)) == 0 {
		return untold("no intermediate certificate is here")
	}
	for _, address := range o.Addresses {
		if address.HTTPS != "" {
			return broken("%s redirects to %s", address.URL, address.HTTPS)
		}
	}
	for _, address := range o.Addresses {
		if address.Err != nil {
			return untold("%s could not be followed: %s", address.URL, address.Err)
		}
	}
	return passed("%d addresses were asked, none redirects from HTTP to HTTPS", len(o.Addresses))
}

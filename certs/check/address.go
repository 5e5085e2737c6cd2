package check

// Address is one address in the AIA (authority information access) of an intermediate
// certificate, and where it led.
type Address struct {
	URL string
	// HTTPS is where a redirect from HTTP led to HTTPS; "" where none did.
	HTTPS string
	// Err is why the address could not be followed; nil when it was.
	Err error
}

func noRedirect(s Subject, o Options) finding {
	if o.Addresses == nil {
		return untold("the addresses were not asked; that takes --online")
	}
	if len(s.Intermediates()) == 0 {
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

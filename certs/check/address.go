package check

// Address is an AIA (authority information access) address in an intermediate certificate, and where it led.
type Address struct {
	URL string
	// HTTPS is where a redirect from HTTP led to HTTPS; "" if there was none.
	HTTPS string
	// Err says why the address could not be followed, or is nil.
	Err error
}

func noRedirect(s Subject, o Circumstances) finding {
	if o.Addresses == nil {
		return untold("the addresses were not tried; --online tries them")
	}
	if len(s.Intermediates()) == 0 {
		return untold("there is no intermediate certificate")
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
	return passed("%d addresses were tried, none redirects from HTTP to HTTPS", len(o.Addresses))
}

package audiocodes

import "net/http"

// readOnly lets GET through and stops everything else before it is sent.
type readOnly struct{ next http.RoundTripper }

func (r readOnly) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet {
		return nil, ErrReadOnly
	}
	return r.next.RoundTrip(request)
}

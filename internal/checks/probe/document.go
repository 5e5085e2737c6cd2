package probe

// Schema names the document that Run makes.
const Schema = "acfix.probe/v1"

// ProbeReport is the published document.
type ProbeReport struct {
	Schema    string           `json:"schema"`
	Probed    string           `json:"probed"` // RFC 3339, UTC
	Acfix     string           `json:"acfix"`
	FQDN      string           `json:"fqdn"`
	Trust     string           `json:"trust"` // the roots that chains were verified against, in words
	Endpoints []EndpointResult `json:"endpoints"`
	Nodes     *Nodes           `json:"nodes"` // nil if no nodes were compared
}

// EndpointResult is the result of one endpoint. TLS, SIP and Error are those of the first address that failed, or of
// the first address if none did.
type EndpointResult struct {
	Host      string          `json:"host"`
	Port      uint16          `json:"port"`
	Answered  bool            `json:"answered"`
	TLS       TLS             `json:"tls"`
	SIP       SIP             `json:"sip"`
	Addresses []AddressResult `json:"addresses"`
	Findings  []Remark        `json:"findings"`
	Error     *ProbeFailure   `json:"error"`
}

// AddressResult is the result of one address of an endpoint.
type AddressResult struct {
	Address string        `json:"address"`
	TLS     TLS           `json:"tls"`
	SIP     SIP           `json:"sip"`
	Error   *ProbeFailure `json:"error"`

	connected bool
}

// TLS is the result of a handshake. OK means that an SBC with these roots would accept the server, and that the server
// did not refuse the client certificate.
type TLS struct {
	OK      bool   `json:"ok"`
	Version string `json:"version"` // "TLS 1.2" or "TLS 1.3"; "" if no handshake was completed
	Cipher  string `json:"cipher"`
	// Versions are those that the server accepts, found by one more handshake.
	Versions []string `json:"versions"`
	// Root is the trusted root that the chain ends in; "" if it ends in none.
	Root         string `json:"root"`
	RootSHA256   string `json:"root_sha256"`
	RootRequired bool   `json:"root_required"` // it is one of the required roots
	// Mutual reports whether the server asked for a client certificate; nil if the handshake ended too early.
	Mutual  *bool              `json:"mutual"`
	Offered string             `json:"offered"` // subject of the client certificate that was sent
	Chain   []ChainCertificate `json:"chain"`   // as the server presented it
}

// ChainCertificate is one certificate of a chain.
type ChainCertificate struct {
	Subject  string `json:"subject"`
	Issuer   string `json:"issuer"`
	SHA256   string `json:"sha256"`
	NotAfter string `json:"not_after"` // RFC 3339, UTC
}

// SIP is the outcome of OPTIONS. OK means that every request was answered with 2xx.
type SIP struct {
	OK     bool     `json:"ok"`
	Status *int     `json:"status"` // of the first answer that was not 2xx, or of the first; nil: no answer
	Reason string   `json:"reason"`
	RTT    *float64 `json:"rtt_ms"` // median of the answered requests, in milliseconds
	RTTMin *float64 `json:"rtt_min_ms"`
	RTTMax *float64 `json:"rtt_max_ms"`
	Server string   `json:"server"` // the far end's name for its software
	// The values of Reason (RFC 3326) and Warning (RFC 3261, 20.43), in which Teams says what is missing.
	ReasonHeaders  []string `json:"reason_headers"`
	WarningHeaders []string `json:"warning_headers"`
	// Sent and Answered count the requests; Loss is the unanswered part, in percent.
	Sent     int     `json:"sent"`
	Answered int     `json:"answered"`
	Loss     float64 `json:"loss_percent"`
}

func noSIP() SIP { return SIP{ReasonHeaders: []string{}, WarningHeaders: []string{}} }

// Answered reports whether every endpoint answered with SIP over a trusted connection.
func (r ProbeReport) Answered() bool {
	for _, result := range r.Endpoints {
		if !result.Answered {
			return false
		}
	}
	return true
}

// OK reports whether every endpoint answered every request with 2xx.
func (r ProbeReport) OK() bool {
	for _, result := range r.Endpoints {
		if !result.Answered || !result.TLS.OK || !result.SIP.OK {
			return false
		}
	}
	return true
}

package probe

import (
	"context"
	"crypto/x509"
	"net/netip"
	"slices"
	"sync"
)

// Nodes holds what the nodes of a pool present. All must have the same certificate (Pexip,
// "Certificate and DNS examples for a Microsoft Teams integration").
type Nodes struct {
	// Same reports whether every node presented the same certificate; nil if one presented none and the others agree.
	Same      *bool             `json:"same"`
	Presented []NodeCertificate `json:"presented"` // one for each address of a node, in the order of the nodes
}

// NodeCertificate is the certificate that one address of a node presented in the TLS handshake.
type NodeCertificate struct {
	Node    string `json:"node"`
	Port    uint16 `json:"port"`
	Address string `json:"address"` // "" if the node has none
	// Certificate is the node's own; nil if it presented none.
	Certificate *ChainCertificate `json:"certificate"`
	Error       *ProbeFailure     `json:"error"`

	excused bool // the node was reached over the other family
}

// CompareNodes makes a TLS handshake with each address of each node, and compares their own certificates. It sends
// no SIP, and ignores trust and the rest of the handshake once it has the certificates.
func CompareNodes(ctx context.Context, nodes []Endpoint, options Prober) Nodes {
	each := make([][]NodeCertificate, len(nodes))
	var running sync.WaitGroup
	for i, node := range nodes {
		running.Go(func() { each[i] = options.node(ctx, node) })
	}
	running.Wait()
	compared := Nodes{Presented: slices.Concat(each...)}
	compared.Same = same(compared.Presented)
	return compared
}

// same returns nil if it can't decide.
func same(all []NodeCertificate) *bool {
	seen, missing := "", false
	for _, one := range all {
		switch {
		case one.Certificate == nil:
			missing = missing || !one.excused
		case seen != "" && seen != one.Certificate.SHA256:
			differ := false
			return &differ
		default:
			seen = one.Certificate.SHA256
		}
	}
	if missing || seen == "" {
		return nil
	}
	equal := true
	return &equal
}

func (o Prober) node(ctx context.Context, node Endpoint) []NodeCertificate {
	addresses, failed := o.addresses(ctx, node.Host)
	if failed != nil {
		return []NodeCertificate{{Node: node.Host, Port: node.Port, Error: failed}}
	}
	var all []NodeCertificate
	var reached []AddressResult
	for _, address := range addresses {
		one, connected := o.present(ctx, node, address)
		all = append(all, one)
		reached = append(reached, AddressResult{Address: one.Address, Error: one.Error, connected: connected})
	}
	for i := range all {
		all[i].excused = all[i].Error != nil && o.excused(reached[i], reached)
	}
	return all
}

func (o Prober) present(ctx context.Context, node Endpoint, address netip.Addr) (one NodeCertificate, connected bool) {
	one = NodeCertificate{Node: node.Host, Port: node.Port, Address: address.String()}
	connection, failed := o.connect(ctx, netip.AddrPortFrom(address, node.Port))
	if failed != nil {
		one.Error = failed
		return one, false
	}
	defer connection.Close()
	shaken, err := o.shake(ctx, node, connection, lowestVersion, highestVersion)
	if len(shaken.chain) == 0 {
		one.Error = o.notShaken(ctx, shaken, err)
		return one, true
	}
	own, err := x509.ParseCertificate(shaken.chain[0])
	if err != nil {
		one.Error = failure(CodeTLSFailed, "the certificate can't be read: %s", bounded(err.Error()))
		return one, true
	}
	presented := certificateOf(own)
	one.Certificate = &presented
	return one, true
}

package probe

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// mostAddresses limits the probed addresses of one endpoint.
const mostAddresses = 16

// Run probes all endpoints at once and reports them in their order. Failures are in the endpoints' Error.
func Run(ctx context.Context, endpoints []Endpoint, options Prober) ProbeReport {
	report := ProbeReport{
		Schema: Schema, Probed: options.Now().UTC().Format(time.RFC3339), Acfix: options.Acfix,
		FQDN: options.FQDN, Trust: options.Trust.Words, Endpoints: make([]EndpointResult, len(endpoints)),
	}
	var running sync.WaitGroup
	for i, endpoint := range endpoints {
		running.Go(func() { report.Endpoints[i] = options.endpoint(ctx, endpoint) })
	}
	running.Wait()
	return report
}

func (o Prober) endpoint(ctx context.Context, endpoint Endpoint) EndpointResult {
	result := EndpointResult{
		Host: endpoint.Host, Port: endpoint.Port, TLS: noTLS(), SIP: noSIP(),
		Addresses: []AddressResult{}, Findings: []Remark{},
	}
	addresses, failed := o.addresses(ctx, endpoint.Host)
	if failed != nil {
		result.Error = failed
		return result
	}
	for _, address := range addresses {
		result.Addresses = append(result.Addresses, o.address(ctx, endpoint, address, &result.Findings))
	}
	o.conclude(&result)
	return result
}

// addresses resolves the host and keeps the addresses that fit the wanted families and the source.
func (o Prober) addresses(ctx context.Context, host string) ([]netip.Addr, *ProbeFailure) {
	found, failed := o.resolve(ctx, host)
	if failed != nil {
		return nil, failed
	}
	var fitting []netip.Addr
	for _, address := range found {
		address = address.Unmap()
		if o.fits(address) && !slices.Contains(fitting, address) {
			fitting = append(fitting, address)
		}
	}
	if len(fitting) == 0 {
		return nil, failure(CodeNoAddress,
			"%s has no address of the requested kind, only %d of others", host, len(found))
	}
	return fitting[:min(len(fitting), mostAddresses)], nil
}

func (o Prober) resolve(ctx context.Context, host string) ([]netip.Addr, *ProbeFailure) {
	if address, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{address}, nil
	}
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	name := host
	if strings.Contains(name, ".") {
		name += "." // without the search domains of this machine
	}
	found, err := o.Resolve.LookupNetIP(limited, "ip", name)
	switch {
	case ctx.Err() != nil:
		return nil, interrupted()
	case err != nil:
		return nil, failure(CodeUnresolved, "%s can't be resolved: %s", host, unresolved(err))
	}
	return found, nil
}

func (o Prober) fits(address netip.Addr) bool {
	if o.Source.IsValid() && o.Source.Unmap().Is4() != address.Is4() {
		return false
	}
	return o.IPv4 == o.IPv6 || o.IPv4 == address.Is4()
}

// address probes one address, from connecting to the last OPTIONS.
func (o Prober) address(ctx context.Context, endpoint Endpoint, address netip.Addr, found *[]Remark) AddressResult {
	result := AddressResult{Address: address.String(), TLS: noTLS(), SIP: noSIP()}
	o.look(endpoint, address, found)
	to := netip.AddrPortFrom(address, endpoint.Port)
	connection, failed := o.connect(ctx, to)
	if failed != nil {
		result.Error = failed
		return result
	}
	defer connection.Close()
	result.connected = true
	shaken, failed := o.handshake(ctx, endpoint, connection, &result.TLS, found)
	if failed == nil {
		failed = o.exchange(ctx, endpoint, shaken, &result, found)
		_ = shaken.Close() // a courtesy; nothing depends on it
	}
	result.Error = failed
	if result.TLS.OK {
		o.otherVersions(ctx, endpoint, to, &result.TLS, found)
	}
	return result
}

func (o Prober) connect(ctx context.Context, to netip.AddrPort) (net.Conn, *ProbeFailure) {
	limited, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	connection, err := o.Dial(limited, o.Source, to)
	switch {
	case err == nil:
		return connection, nil
	case ctx.Err() != nil:
		return nil, interrupted()
	case errors.Is(err, syscall.EADDRNOTAVAIL) && o.Source.IsValid():
		return nil, failure(CodeNoAddress, "%s is not an address of this machine", o.Source)
	case isTimeout(err):
		return nil, failure(CodeTimeout, "no connection to %s within %s", to, o.Timeout)
	default:
		return nil, failure(CodeUnreachable, "no connection to %s: %s", to, cause(err))
	}
}

// look compares the address with Microsoft's list.
func (o Prober) look(endpoint Endpoint, address netip.Addr, found *[]Remark) {
	if cloud, ours := cloudOf(endpoint.Host); ours {
		if !published(address, []Cloud{cloud}) {
			note(found, finding(OutsideRanges,
				"%s of %s lies outside the ranges that Microsoft publishes", address, endpoint.Host))
		}
		return
	}
	if !published(address, clouds) {
		note(found, finding(NotPublished, "%s is not one of the addresses that Microsoft publishes for Teams", address))
	}
}

// conclude derives the endpoint's result from its addresses. If one address family has no connection and the other
// answers, that is a finding, unless the operator asked for both. Every other failure is the endpoint's.
func (o Prober) conclude(result *EndpointResult) {
	counts := func(a AddressResult) bool { return a.Error != nil && !o.excused(a, result.Addresses) }
	chosen := slices.IndexFunc(result.Addresses, counts)
	result.Answered = chosen < 0
	if chosen < 0 {
		chosen = slices.IndexFunc(result.Addresses, func(a AddressResult) bool { return a.Error == nil && !a.SIP.OK })
	}
	if chosen < 0 {
		chosen = slices.IndexFunc(result.Addresses, func(a AddressResult) bool { return a.Error == nil })
	}
	result.TLS, result.SIP = result.Addresses[chosen].TLS, result.Addresses[chosen].SIP
	if !result.Answered {
		result.Error = result.Addresses[chosen].Error
	}
	for _, a := range result.Addresses {
		if a.Error != nil && !counts(a) {
			note(&result.Findings, finding(FamilyUnreachable, "%s", a.Error.Message))
		}
	}
}

func (o Prober) excused(failed AddressResult, all []AddressResult) bool {
	if failed.connected || o.IPv4 && o.IPv6 {
		return false
	}
	answered := false
	for _, other := range all {
		switch {
		case sameFamily(failed, other) && other.connected:
			return false
		case !sameFamily(failed, other) && other.Error == nil:
			answered = true
		}
	}
	return answered
}

func sameFamily(a, b AddressResult) bool {
	return netip.MustParseAddr(a.Address).Is4() == netip.MustParseAddr(b.Address).Is4()
}

func interrupted() *ProbeFailure { return failure(CodeInterrupted, "interrupted") }

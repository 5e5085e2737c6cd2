package mockdevice

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
)

// FleetServer is a fleet on a port.
type FleetServer struct {
	*Server
	fleet *Fleet
	port  int
}

// StartFleet serves a fleet over HTTPS on all loopback addresses, at a free port.
// The listener is a wildcard; connections to other addresses are reset.
func StartFleet(f *Fleet) (*FleetServer, error) {
	listener, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return nil, fmt.Errorf("start fleet: %w", err)
	}
	return ServeFleet(f, listener)
}

// ServeFleet serves a fleet on a listener that accepts for 127.0.0.0/8. The server closes the listener.
func ServeFleet(f *Fleet, listener net.Listener) (*FleetServer, error) {
	tcp, ok := listener.Addr().(*net.TCPAddr)
	if !ok {
		return nil, errors.New("start fleet: the listener is not TCP")
	}
	own := tls.Certificate{Certificate: asDER(f.certificate), PrivateKey: f.key}
	config := tlsConfig(own, f.model.Dialect)
	each, err := f.configs()
	if err != nil {
		return nil, err
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		index := f.index(hello.Conn.LocalAddr())
		f.countHandshake(index)
		if index < 0 || each == nil {
			return nil, nil // the same for all
		}
		return each[index], nil
	}
	s := newServer(f)
	f.mu.Lock()
	f.closeIdle = s.closeIdleAt
	f.mu.Unlock()
	if err := s.serve(&gate{Listener: listener, fleet: f}, config); err != nil {
		return nil, err
	}
	return &FleetServer{Server: s, fleet: f, port: tcp.Port}, nil
}

// URL returns the URL of a device by its index, from 0.
func (s *FleetServer) URL(index int) string {
	return fmt.Sprintf("https://%s:%d", address(index), s.port)
}

// ServeHTTP hands a request to the device whose address was dialled.
func (f *Fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	index := -1
	if local != nil {
		index = f.index(local)
	}
	if index < 0 {
		http.Error(w, "no device at this address", http.StatusMisdirectedRequest)
		return
	}
	d, err := f.Device(index)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	d.ServeHTTP(w, r)
}

// configs returns the TLS configuration of each device, or nil if one certificate serves all.
func (f *Fleet) configs() ([]*tls.Config, error) {
	if f.model.Identities == nil {
		return nil, nil
	}
	keys, err := f.model.Identities.signers()
	if err != nil {
		return nil, fmt.Errorf("start fleet: %w", err)
	}
	each := make([]*tls.Config, f.Len())
	for i := range each {
		own := f.model.Identities.Devices[i]
		each[i] = tlsConfig(tls.Certificate{Certificate: [][]byte{own.Management}, PrivateKey: keys[own.Key]},
			f.model.Dialect)
	}
	return each, nil
}

// Pin returns the SHA-256 of a device's management certificate, by its index.
func (s *FleetServer) Pin(index int) string {
	if s.fleet.model.Identities == nil {
		return s.Fingerprint()
	}
	return fingerprint(s.fleet.model.Identities.Devices[index].Management)
}

func (f *Fleet) countHandshake(index int) {
	if index >= 0 {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.handshakes[index]++
	}
}

// Inventory returns a YAML inventory: names, addresses, the pin, tags for canaries, presets, kinds and afflictions.
func (s *FleetServer) Inventory() []byte {
	var out strings.Builder
	username := s.fleet.model.Username
	if username == "" {
		username = "Admin"
	}
	fmt.Fprintf(&out, "defaults:\n  username: %q\n", username)
	own := s.fleet.model.Identities != nil
	if !own {
		fmt.Fprintf(&out, "  pin: %q\n", s.Fingerprint())
	}
	out.WriteString("devices:\n")
	for i := range s.fleet.Len() {
		m := s.fleet.Member(i)
		tags := []string{m.Preset, m.Kind}
		if m.Canary {
			tags = append(tags, "canary")
		}
		if m.Affliction != Sound {
			tags = append(tags, string(m.Affliction))
		}
		fmt.Fprintf(&out, "  - name: %s\n    url: %s\n    tags: [\"%s\"]\n", m.Name, s.URL(i),
			strings.Join(tags, `", "`))
		if own {
			fmt.Fprintf(&out, "    pin: %q\n", s.Pin(i))
		}
	}
	return []byte(out.String())
}

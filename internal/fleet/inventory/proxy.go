package inventory

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ProxyLogin is as whom to log in to a proxy: both are set, or neither.
type ProxyLogin struct {
	Username    string
	PasswordEnv string // name of an environment variable
}

func (l ProxyLogin) isHalf() bool { return (l.Username == "") != (l.PasswordEnv == "") }

// proxyPorts are the schemes of proxies, and their usual ports.
var proxyPorts = map[string]string{"socks5": "1080", "socks5h": "1080", "http": "80", "https": "443"}

// ErrProxyLogin is what ParseProxy says to an address with a user or password. It does not repeat
// the address.
var ErrProxyLogin = errors.New("a proxy's address must not hold a user or password; " +
	"the inventory's proxy_username and proxy_password_env are for them")

// ParseProxy reads a proxy's address and gives it a port.
func ParseProxy(written string) (*url.URL, error) {
	parsed, err := url.Parse(written)
	if strings.Contains(written, "@") || err == nil && parsed.User != nil {
		return nil, ErrProxyLogin
	}
	if err != nil || !reachable(parsed) {
		return nil, fmt.Errorf("%q is no proxy; give socks5://host:port, socks5h://, http:// or https://", written)
	}
	port := parsed.Port()
	if port == "" {
		port = proxyPorts[parsed.Scheme]
	}
	return &url.URL{Scheme: parsed.Scheme, Host: net.JoinHostPort(parsed.Hostname(), port)}, nil
}

func proxy(d *decoder, device *Device, value *yaml.Node) {
	written, ok := d.Text(value)
	if !ok {
		return
	}
	parsed, err := ParseProxy(written)
	if err != nil {
		d.Wrong(value, "%s", err)
		return
	}
	device.Proxy = parsed
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

func reachable(proxy *url.URL) bool {
	_, known := proxyPorts[proxy.Scheme]
	_, notAddress := netip.ParseAddr(proxy.Hostname())
	if proxy.Port() != "" {
		if port, err := strconv.ParseUint(proxy.Port(), 10, 16); err != nil || port == 0 {
			return false
		}
	}
	return known && (notAddress == nil || hostName.MatchString(proxy.Hostname())) &&
		strings.Trim(proxy.Path, "/") == "" && proxy.RawQuery == "" && proxy.Fragment == "" && proxy.Opaque == ""
}

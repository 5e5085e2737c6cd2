package access

import (
	"net/url"
	"strings"

	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/internal/usage"
)

func (f Flags) proxy() (*url.URL, error) {
	if f.Proxy == "" {
		return nil, nil
	}
	parsed, err := inventory.ParseProxy(f.Proxy)
	if err != nil {
		return nil, usage.Errorf("--proxy: %s", err).Hint("give it as in --proxy socks5h://jump.example.com:1080")
	}
	return parsed, nil
}

// proxyLogin is the login to the proxy that is used for a device, by its inventory; nil where the
// inventory has none for it.
func (f finder) proxyLogin(device inventory.Device) (*url.Userinfo, error) {
	own := device.ProxyLogin
	if own.Username == "" || !f.flags.over(device, "").mayLogInToProxy(device) {
		return nil, nil
	}
	password, err := Password(f.secrets.Getenv(own.PasswordEnv), "the inventory's proxy_password_env: "+own.PasswordEnv)
	if err != nil {
		return nil, err
	}
	if password == "" {
		return nil, usage.Errorf("the inventory's proxy_password_env: %s is not set", own.PasswordEnv).
			Hint("set " + own.PasswordEnv)
	}
	return url.UserPassword(own.Username, password), nil
}

// mayLogInToProxy: where a login goes, the inventory or the person at the command line says, never
// a store.
func (f Flags) mayLogInToProxy(device inventory.Device) bool {
	used, err := f.proxy()
	switch {
	case err != nil, used == nil:
		return false
	case !f.ProxyOnRecord:
		return true
	default:
		return device.Proxy != nil && *device.Proxy == *used
	}
}

// checkProxy refuses a proxy for a device that is spoken to without TLS.
func (a Access) checkProxy(t Target) error {
	if a.Proxy != nil && strings.HasPrefix(t.URL, "http://") {
		return usage.Errorf("http:// can't be used through a proxy: the password would travel in the clear").
			Hint("leave out the proxy for " + t.Name)
	}
	return nil
}

// through is the proxy with the login to it.
func (a Access) through() *url.URL {
	if a.Proxy == nil {
		return nil
	}
	used := *a.Proxy
	used.User = a.ProxyLogin
	return &used
}

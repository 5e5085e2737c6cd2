package access

import (
	"net/url"

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
func (r *resolver) proxyLogin(device inventory.Device) (*url.Userinfo, error) {
	login := device.ProxyLogin
	if login.Username == "" || !r.flags.completeFrom(device, "").mayLogInToProxy(device) {
		return nil, nil
	}
	name := "the inventory's proxy_password_env: " + login.PasswordEnv
	password, err := ParsePassword(r.secrets.Getenv(login.PasswordEnv), name)
	if err != nil {
		return nil, err
	}
	if password == "" {
		return nil, usage.Errorf("the inventory's proxy_password_env: %s is not set", login.PasswordEnv).
			Hint("set " + login.PasswordEnv)
	}
	return url.UserPassword(login.Username, password), nil
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

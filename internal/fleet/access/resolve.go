// Package access turns what a person typed or an inventory lists into devices, and a device into clients:
// Classify tells a device from a file, ChooseDevices finds the devices, Resolve finds once for each whom to
// trust and as whom to log in, and Device.Reader and Device.Writer make the clients. The command line comes
// in as values; nothing is sent before a client is used.
package access

import (
	"context"
	"time"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/internal/fleet/inventory"
	"github.com/acfix/acfix/remediate"
)

// Flags is what the command line says: whom to trust, and as whom to log in.
type Flags struct {
	Username string
	// PasswordFile names the file that holds the password. No flag takes the password itself: it would
	// stand in the list of processes and in the shell's history.
	PasswordFile string

	CAFile   string   // PEM, DER or P7B
	Pins     []string // SHA-256, hex
	Insecure bool
	TLSMin   string // "1.0" to "1.3"
	// LegacyCiphers allows the cipher suites of old firmware.
	LegacyCiphers bool
	// ClientCert and ClientKey are PEM files of what a device is shown that asks for a client
	// certificate.
	ClientCert, ClientKey string
	// ReadKey reads a file with a private key as password files are read: it refuses one that
	// others could read or replace. name is the flag or key that led to it.
	ReadKey func(path, name string) ([]byte, error)
	Proxy   string // "socks5://host:port" or the like; "" for none
	// ProxyOnRecord: Proxy was not typed now but stands in the record of a run. A login to a proxy
	// goes there only if the inventory names that very proxy.
	ProxyOnRecord bool
	// Anonymous: Resolve looks for no user name and no password, and asks for none. Devices resolved so
	// are for PresentedChain alone.
	Anonymous bool
	// Given reports whether a flag was typed: only such a flag wins over an inventory.
	Given func(flag string) bool
	// Decide puts what the command line says of planning over what the inventory says.
	Decide func(*Setup)
}

// resolver fills in the devices of one run: it asks for, reads and runs nothing twice.
type resolver struct {
	flags       Flags
	secrets     *Secrets
	authorities authorities
	pairs       pairs
	unlisted    *Setup // of the devices that no inventory lists, once one was met
	clients     *clients
	trials      map[string]*audiocodes.ProxyTrial // by proxy and the login to it
}

// Resolve finds the credentials and the trust of every device; it sends nothing. What can be wrong on this
// machine is the error. A device that is gone gets neither.
func Resolve(ctx context.Context, devices []*Device, flags Flags, secrets *Secrets, settings ClientSettings) error {
	r := resolver{
		flags: flags, secrets: secrets, authorities: authorities{}, pairs: pairs{},
		clients: &clients{ClientSettings: settings}, trials: map[string]*audiocodes.ProxyTrial{},
	}
	for _, device := range devices {
		if device.Gone != nil {
			device.Setup = Setup{Login: Login{NoPassword: device.Gone}}
			continue
		}
		setup, err := r.findSetup(ctx, device)
		if err != nil {
			return err
		}
		device.Setup, device.clients = setup, r.clients
		if err := device.checkProxy(); err != nil {
			return err
		}
		device.trial = r.proxyTrial(device)
	}
	return nil
}

func (r *resolver) findSetup(ctx context.Context, device *Device) (Setup, error) {
	if device.listed != nil {
		return r.listedSetup(ctx, *device.listed, device.folder)
	}
	if r.unlisted == nil {
		setup, err := r.complete(ctx, r.flags, Setup{}, ListedLogin{})
		if err != nil {
			return Setup{}, err
		}
		r.unlisted = &setup
	}
	return *r.unlisted, nil
}

// listedSetup puts what stands on the command line over what the inventory says.
func (r *resolver) listedSetup(ctx context.Context, device inventory.Device, folder string) (Setup, error) {
	setup := Setup{Choice: device.Choice, NoCertCheck: device.NoCertCheck}
	for _, waiver := range device.Waivers {
		setup.Waivers = append(setup.Waivers, remediate.Waiver{
			Finding: waiver.Finding, Reason: waiver.Reason, Owner: waiver.Owner,
			Until: waiver.Until.Format(time.DateOnly),
		})
	}
	var err error
	if setup.ProxyLogin, err = r.proxyLogin(device); err != nil {
		return setup, err
	}
	from := ListedLogin{Username: device.Username, Password: device.Password, Folder: folder}
	return r.complete(ctx, r.flags.completeFrom(device, folder), setup, from)
}

// complete adds to a setup what the flags decide, and the login.
func (r *resolver) complete(ctx context.Context, flags Flags, setup Setup, from ListedLogin) (Setup, error) {
	var err error
	if setup.Trust, err = flags.trust(r.authorities); err != nil {
		return Setup{}, err
	}
	if setup.Trust.Client, err = r.pairs.certificate(flags); err != nil {
		return Setup{}, err
	}
	if setup.Proxy, err = flags.proxy(); err != nil {
		return Setup{}, err
	}
	setup.OldTLS = flags.oldTLS()
	flags.Decide(&setup)
	if flags.Anonymous {
		return setup, nil
	}
	setup.Login, err = r.secrets.Find(ctx, flags, from)
	return setup, err
}

// proxyTrial is the one trial of all devices that log in to one proxy as one user.
func (r *resolver) proxyTrial(device *Device) *audiocodes.ProxyTrial {
	if device.Proxy == nil || device.ProxyLogin == nil {
		return nil
	}
	key := device.proxyWithLogin().String()
	if r.trials[key] == nil {
		r.trials[key] = audiocodes.NewProxyTrial()
	}
	return r.trials[key]
}

// completeFrom takes from the inventory what was not typed. --pin, --ca-file and --insecure are one
// decision and replace the inventory's as a whole. So are --client-cert and --client-key.
func (f Flags) completeFrom(device inventory.Device, folder string) Flags {
	if !f.Given("pin") && !f.Given("ca-file") && !f.Given("insecure") {
		f.Pins, f.CAFile = device.Pins, inventory.Beside(folder, device.CAFile)
	}
	if device.TLSMin != "" && !f.Given("tls-min") {
		f.TLSMin = device.TLSMin
	}
	if !f.Given("legacy-ciphers") {
		f.LegacyCiphers = device.LegacyCiphers
	}
	if !f.Given("client-cert") && !f.Given("client-key") {
		f.ClientCert = inventory.Beside(folder, device.ClientCert)
		f.ClientKey = inventory.Beside(folder, device.ClientKey)
	}
	if device.Proxy != nil && !f.Given("proxy") {
		f.Proxy = device.Proxy.String()
	}
	return f
}

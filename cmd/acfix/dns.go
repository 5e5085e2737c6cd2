package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/internal/checks/dns"
	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
)

type dnsFlags struct {
	profile, pool                    string
	domains, nodes, fqdns, resolvers []string
}

func (a *app) dnsCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "dns",
		Short: "The DNS records that Pexip and Teams ask for",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.dnsCheckCommand())
	return command
}

func (a *app) dnsCheckCommand() *cobra.Command {
	var flags dnsFlags
	command := &cobra.Command{
		Use:   "check --profile pexip|teams|exchange-um --domain DOMAIN",
		Short: "Check a domain's SRV and address records against a vendor's document",
		Long: `check asks a resolver for the records that the profile's document lists and says of each rule
whether it holds. What the nodes are called only you know: --node (pexip) and --fqdn
(teams, exchange-um) name them, and may say which addresses they must have. With neither, the
targets are shown and not compared.

Profile teams wants each --fqdn one label below one of the domains. Addresses that can't be
reached from outside are a warning; so are AAAA records alone, for the documents ask for an
A record. Profile exchange-um asks whether external clients resolve the name of --fqdn: name a
resolver outside with --resolver. It needs no --domain, and a private address fails there.

The federation record is required where --pool lies in the domain, and with profile teams
when no --fqdn is given. A required record that could not be looked up is no pass. A resolver
has 3s for an answer, and two tries, unless --timeout is given.`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.dnsCheck(flags) },
	}
	set := command.Flags()
	set.StringVar(&flags.profile, "profile", "", "whose document counts: "+strings.Join(dns.ProfileNames(), ", "))
	set.StringArrayVar(&flags.domains, "domain", nil, "domain whose records are checked; may repeat")
	set.StringArrayVar(&flags.nodes, "node", nil,
		"pexip: a Conferencing Node, NAME or NAME=ADDRESS[,ADDRESS]; may repeat")
	set.StringArrayVar(&flags.fqdns, "fqdn", nil,
		"teams, exchange-um: an SBC's name, NAME or NAME=ADDRESS[,ADDRESS]; may repeat")
	set.StringVar(&flags.pool, "pool", "", "pexip: name of the nodes' pool that federation goes to")
	set.StringArrayVar(&flags.resolvers, "resolver", nil,
		"DNS server to ask, HOST[:PORT]; may repeat (default the system's)")
	return command
}

// dnsTimeout is how long one query to one server may take without --timeout.
const dnsTimeout = 3 * time.Second

func (a *app) dnsCheck(flags dnsFlags) error {
	profile, known := dns.FindProfile(flags.profile)
	hint := "give --profile " + strings.Join(dns.ProfileNames(), ", --profile ")
	if flags.profile == "" {
		return usage.Errorf("no profile was given").Hint(hint)
	}
	if !known {
		return usage.Errorf("there is no DNS profile %q", flags.profile).
			Hint(usage.DidYouMean(flags.profile, dns.ProfileNames(), hint))
	}
	wanted, err := flags.wanted(profile)
	if err != nil {
		return err
	}
	resolver := dns.NetResolver{Timeout: dnsTimeout}
	if a.flags.timeoutGiven {
		resolver.Timeout = a.flags.timeout
	}
	if resolver.Servers, err = flags.servers(); err != nil {
		return err
	}
	wanted.Outside = len(flags.resolvers) > 0 && dns.SeeOutside(resolver.Servers)
	ctx, cancel := a.reading()
	defer cancel()
	found := dns.Run(ctx, resolver, profile, wanted, a.now())
	if ctx.Err() != nil {
		return fmt.Errorf("dns check: %w", remediate.ErrInterrupted)
	}
	found.Acfix, found.Resolvers = version, resolver.Servers
	return a.showDNS(found)
}

func (a *app) showDNS(found dns.DomainReport) error {
	var err error
	if a.flags.json() {
		err = writeJSON(a.stdout, found)
	} else {
		err = report.DNS(a.stdout, found, a.style(a.stdoutIsTerminal))
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	if found.Result != dns.Pass {
		return exitCode(exitFailed)
	}
	return nil
}

func (f dnsFlags) wanted(profile dns.RecordProfile) (dns.Wanted, error) {
	var wanted dns.Wanted
	if err := f.fit(profile); err != nil {
		return wanted, err
	}
	for _, text := range f.domains {
		domain, err := probe.ParseName(text)
		if err != nil || slices.Contains(wanted.Domains, domain) {
			return wanted, usage.Errorf("--domain: %q is no domain, or named twice", text).
				Hint("name each domain once, such as example.com")
		}
		wanted.Domains = append(wanted.Domains, domain)
	}
	for _, text := range slices.Concat(f.nodes, f.fqdns) {
		host, err := parseHost(text)
		if err != nil {
			return wanted, err
		}
		wanted.Hosts = append(wanted.Hosts, host)
	}
	if f.pool == "" {
		return wanted, nil
	}
	var err error
	if wanted.Pool, err = probe.ParseName(f.pool); err != nil {
		return wanted, usage.Errorf("--pool: %s", err).Hint("give the name of the pool, such as px.example.com")
	}
	return wanted, nil
}

// fit refuses flags that belong to another profile.
func (f dnsFlags) fit(profile dns.RecordProfile) error {
	switch pexip := f.profile == "pexip"; {
	case len(f.domains) == 0 && !profile.Domainless():
		return usage.Errorf("no domain is named").Hint("give --domain example.com")
	case !pexip && (len(f.nodes) > 0 || f.pool != ""):
		return usage.Errorf("--node and --pool belong to the profile pexip").Hint("name SBCs with --fqdn")
	case pexip && len(f.fqdns) > 0:
		return usage.Errorf("--fqdn belongs to the profile teams, or exchange-um").Hint("name nodes with --node")
	case profile.Domainless() && len(f.fqdns) == 0:
		return usage.Errorf("profile %s asks about a gateway, and none is named", f.profile).
			Hint("name the gateway with --fqdn NAME=ADDRESS")
	default:
		return nil
	}
}

// parseHost reads NAME or NAME=ADDRESS[,ADDRESS].
func parseHost(text string) (dns.Host, error) {
	const hint = "give NAME, or NAME=ADDRESS[,ADDRESS]"
	name, addresses, compared := strings.Cut(text, "=")
	var host dns.Host
	var err error
	if host.Name, err = probe.ParseName(name); err != nil {
		return host, usage.Errorf("%s", err).Hint(hint)
	}
	if !compared {
		return host, nil
	}
	for _, part := range strings.Split(addresses, ",") {
		address, err := netip.ParseAddr(part)
		if err != nil {
			return host, usage.Errorf("%q is no address of %s", part, host.Name).Hint(hint)
		}
		host.Addresses = append(host.Addresses, address.Unmap())
	}
	return host, nil
}

// resolvConf is the file in which Unix keeps the system's resolvers.
const resolvConf = "/etc/resolv.conf"

func (f dnsFlags) servers() ([]string, error) {
	if len(f.resolvers) == 0 {
		return systemServers()
	}
	var servers []string
	for _, text := range f.resolvers {
		address := text
		if _, _, err := net.SplitHostPort(text); err != nil {
			address = net.JoinHostPort(strings.Trim(text, "[]"), "53")
		}
		endpoint, err := probe.ParseEndpoint(address)
		if err != nil {
			return nil, usage.Errorf("--resolver: %s", err).Hint("give HOST or HOST:PORT, such as 192.0.2.53")
		}
		servers = append(servers, endpoint.String())
	}
	return servers, nil
}

func systemServers() ([]string, error) {
	const hint = "give one with --resolver"
	file, err := os.Open(resolvConf)
	if err != nil {
		return nil, usage.Errorf("the system's resolvers are not known: %s", err).Hint(hint)
	}
	defer file.Close()
	servers, err := dns.SystemServers(file)
	if err != nil || len(servers) == 0 {
		return nil, usage.Errorf("there is no resolver in %s", resolvConf).Hint(hint)
	}
	return servers, nil
}

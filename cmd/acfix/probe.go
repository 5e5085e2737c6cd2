package main

import (
	"crypto/rand"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/acfix/acfix/internal/checks/certfile"
	"github.com/acfix/acfix/internal/checks/probe"
	"github.com/acfix/acfix/internal/fleet/access"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type probeFlags struct {
	fqdn, serverName, cloud string
	cert, key               string
	caFile, roots           string
	tries                   int
	interval                time.Duration
	ipv4, ipv6              bool
	source                  string
	requireOK               bool
	nodes                   []string

	given *pflag.FlagSet
}

func (a *app) probeCommand() *cobra.Command {
	var flags probeFlags
	command := &cobra.Command{
		Use:   "probe [HOST[:PORT]...] --fqdn NAME | --node NAME --node NAME",
		Short: "Ask SIP endpoints as an SBC would: TLS, the root it ends in, and OPTIONS",
		Long: `probe connects to each endpoint (without any: Teams' own and its test endpoint), makes a TLS
handshake, holds the server's chain against the required roots alone, and sends SIP OPTIONS
with the SBC's name in From and Contact. Nothing is sent to any SBC.

With --roots FILE it answers another question: would a device that trusts just these
accept the server?

An answer of any SIP status is an answer (exit code 0); "ok" is said of 2xx alone: Teams
refuses an SBC that it doesn't know with 403. --require-ok makes anything but 2xx, and any
lost request, exit code 1. To a server that is not trusted, no SIP is sent.

With --node NAME, which may repeat, probe also compares the certificates that the nodes of a
pool present on 5061, or on NAME:PORT; all must be the same one. That takes a TLS handshake
with each of their addresses and nothing else: no SIP, no --fqdn. Exit code 1 means that they
differ, or that a node presented none. Without HOST no endpoint is probed beside the nodes.

Where a name has addresses of both families, both are probed; one that can't be connected to
is a finding while the other answers. Each step may take 10s unless --timeout is given.`,
		Example: `  acfix probe --fqdn sbc.example.com
  acfix probe sip.example.com:5061 --fqdn sbc.example.com --cert sbc.pem --key sbc.key
  acfix probe --node px01.vc.example.com --node px02.vc.example.com`,
		RunE: func(_ *cobra.Command, arguments []string) error { return a.probe(arguments, flags) },
	}
	flags.register(command.Flags())
	return command
}

func (f *probeFlags) register(flags *pflag.FlagSet) {
	f.given = flags
	flags.StringVar(&f.fqdn, "fqdn", "", "the SBC's name, as it stands in its certificate; goes into From and Contact")
	flags.StringVar(&f.cloud, "cloud", "commercial",
		"whose endpoints, when none is named: commercial (and GCC), gcc-high or dod")
	flags.StringVar(&f.cert, "cert", "",
		"file of the SBC's certificate with its chain, in the SBC's order; "+
			"always offered, whatever CAs the server names")
	flags.StringVar(&f.key, "key", "", "file of its private key, without a passphrase")
	flags.StringVar(&f.caFile, "ca-file", "",
		"file of CAs to trust beside the required roots, for a lab's endpoint: PEM, DER or P7B")
	flags.StringVar(&f.roots, "roots", "",
		"file of a trusted-root store to trust instead of the required roots, as a device would use it: "+
			"PEM, DER or P7B")
	flags.StringVar(&f.serverName, "server-name", "", "whom the server must be; for endpoints given by address")
	flags.IntVar(&f.tries, "tries", 1, "OPTIONS per address, over one connection")
	flags.DurationVar(&f.interval, "interval", time.Second, "pause between two of them")
	flags.BoolVar(&f.ipv4, "ipv4", false, "only IPv4; with --ipv6: both, and both must answer")
	flags.BoolVar(&f.ipv6, "ipv6", false, "only IPv6")
	flags.StringSliceVar(&f.nodes, "node", nil,
		"compare the certificate of this node with the others', HOST[:PORT]; may repeat")
	flags.StringVar(&f.source, "source", "", "local address to connect from")
	flags.BoolVar(&f.requireOK, "require-ok", false,
		"exit code 1 also for answers other than 2xx and for lost requests")
}

// probeTimeout is how long each step may take without --timeout: with the 60s of a device's request, the operator would
// wait minutes for a silent endpoint.
const probeTimeout = 10 * time.Second

func (a *app) probe(arguments []string, flags probeFlags) error {
	nodes, err := flags.compared()
	if err != nil {
		return err
	}
	var endpoints []probe.Endpoint
	if len(nodes) == 0 || len(arguments) > 0 || flags.given.Changed("cloud") {
		endpoints, err = flags.endpoints(arguments)
	}
	if err != nil {
		return err
	}
	options, err := a.probeOptions(flags, len(endpoints) > 0)
	if err != nil {
		return err
	}
	ctx, cancel := a.reading()
	defer cancel()
	if len(endpoints) > 0 {
		a.say("probing against %s", options.Trust.Words)
	}
	found := probe.Run(ctx, endpoints, options)
	if len(nodes) > 0 {
		compared := probe.CompareNodes(ctx, nodes, options)
		found.Nodes = &compared
	}
	if len(endpoints) == 0 {
		found.Trust = "" // no chain was verified
	}
	if ctx.Err() != nil {
		return fmt.Errorf("probe: %w", remediate.ErrInterrupted)
	}
	return a.showProbe(found, flags.requireOK)
}

func (a *app) showProbe(found probe.ProbeReport, requireOK bool) error {
	var err error
	if a.flags.json() {
		err = writeJSON(a.stdout, found)
	} else {
		err = report.Probe(a.stdout, found, a.style(a.stdoutIsTerminal))
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	differ := found.Nodes != nil && (found.Nodes.Same == nil || !*found.Nodes.Same)
	if differ || !found.Answered() || requireOK && !found.OK() {
		return exitCode(exitFailed)
	}
	return nil
}

// compared returns the nodes whose certificates are compared.
func (f probeFlags) compared() ([]probe.Endpoint, error) {
	if len(f.nodes) == 1 {
		return nil, usage.Errorf("one node alone can't be compared").
			Hint("name each node of the pool with a --node of its own")
	}
	return endpointsOf(f.nodes)
}

func (f probeFlags) endpoints(arguments []string) ([]probe.Endpoint, error) {
	clouds := []string{"commercial", "gcc-high", "dod"}
	cloud, known := probe.FindCloud(f.cloud)
	if !known {
		return nil, usage.Errorf("there is no cloud %q", f.cloud).
			Hint(usage.DidYouMean(f.cloud, clouds, "give commercial, gcc-high or dod"))
	}
	if len(arguments) == 0 {
		return cloud.Endpoints(), nil
	}
	if f.given.Changed("cloud") {
		return nil, usage.Errorf("--cloud names the endpoints, and so do the arguments").
			Hint("leave --cloud out, or the endpoints")
	}
	return endpointsOf(arguments)
}

func endpointsOf(arguments []string) ([]probe.Endpoint, error) {
	var endpoints []probe.Endpoint
	for _, argument := range arguments {
		if kind := access.Classify(argument); kind != access.ArgDevice && !access.IsAddress(argument) {
			return nil, usage.Errorf("%s is %s, not an endpoint", argument, kind).
				Hint("give HOST or HOST:PORT; --cert names the SBC's certificate")
		}
		endpoint, err := probe.ParseEndpoint(argument)
		if err != nil {
			return nil, usage.Errorf("%s", err).Hint("give HOST or HOST:PORT, such as sip.pstnhub.microsoft.com:5061")
		}
		if slices.Contains(endpoints, endpoint) {
			return nil, usage.Errorf("%s is named twice", endpoint).Hint("name each endpoint once")
		}
		endpoints = append(endpoints, endpoint)
	}
	return endpoints, nil
}

func (a *app) probeOptions(flags probeFlags, asksSIP bool) (probe.Prober, error) {
	options := probe.Prober{
		Acfix: version, Tries: flags.tries, Interval: flags.interval, Timeout: probeTimeout,
		IPv4: flags.ipv4, IPv6: flags.ipv6,
		Resolve: net.DefaultResolver, Dial: probe.DialTCP, Now: a.now, Sleep: a.sleep, Token: rand.Text,
	}
	if a.flags.timeoutGiven {
		options.Timeout = a.flags.timeout
	}
	if asksSIP && flags.fqdn == "" {
		return options, usage.Errorf("--fqdn is missing").
			Hint("give the name in the SBC's certificate: --fqdn sbc1.example.com")
	}
	steps := []func(*probe.Prober) error{flags.names, flags.pace, flags.from, flags.trust}
	for _, step := range steps {
		if err := step(&options); err != nil {
			return options, err
		}
	}
	var err error
	options.Certificate, err = a.clientCertificate(flags.cert, flags.key)
	return options, err
}

func (f probeFlags) names(options *probe.Prober) error {
	var err error
	if f.fqdn != "" {
		if options.FQDN, err = probe.ParseName(f.fqdn); err != nil {
			return usage.Errorf("--fqdn: %s", err).Hint("give a host name; Teams refuses addresses there")
		}
	}
	if f.serverName == "" {
		return nil
	}
	if options.ServerName, err = probe.ParseName(f.serverName); err != nil {
		return usage.Errorf("--server-name: %s", err).Hint("give a host name such as sip.pstnhub.microsoft.com")
	}
	return nil
}

func (f probeFlags) pace(*probe.Prober) error {
	switch {
	case f.tries < 1 || f.tries > 1000:
		return usage.Errorf("--tries can't be %d", f.tries).Hint("give 1 to 1000")
	case f.interval < 0:
		return usage.Errorf("--interval can't be negative").Hint("give a time such as 1s")
	default:
		return nil
	}
}

func (f probeFlags) from(options *probe.Prober) error {
	if f.source == "" {
		return nil
	}
	address, err := netip.ParseAddr(f.source)
	if err != nil {
		return usage.Errorf("--source: %q is no address", f.source).Hint("give an address of this machine")
	}
	options.Source = address.Unmap()
	if f.ipv4 != f.ipv6 && f.ipv4 != options.Source.Is4() {
		return usage.Errorf("--source %s is of the other family", options.Source).
			Hint("give a --source of the wanted family")
	}
	return nil
}

func (f probeFlags) trust(options *probe.Prober) error {
	switch {
	case f.roots != "" && f.caFile != "":
		return usage.Errorf("--roots trusts just its file, --ca-file trusts its file too: they contradict each other").
			Hint("give one of them")
	case f.roots != "":
		store, err := certfile.Store(f.roots)
		if err != nil {
			return err
		}
		options.Trust = probe.JustThese(store, "the certificates of "+f.roots)
	case f.caFile != "":
		more, err := certfile.Store(f.caFile)
		if err != nil {
			return err
		}
		options.Trust = probe.RequiredRoots(more...)
	default:
		options.Trust = probe.RequiredRoots()
	}
	return nil
}

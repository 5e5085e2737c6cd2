package main

import (
	"slices"
	"strings"
	"time"

	"github.com/acfix/acfix/certs"
	"github.com/acfix/acfix/certs/check"
	"github.com/acfix/acfix/internal/checks/aia"
	"github.com/acfix/acfix/internal/output/report"
	"github.com/acfix/acfix/internal/usage"
	"github.com/acfix/acfix/remediate"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type certFlags struct {
	connection
	profile, name     string
	nodes, federation []string
	trust, key        string
	online            bool
	warnDays          int
}

func (f *certFlags) register(flags *pflag.FlagSet) {
	f.connection.register(flags)
	f.registerInventory(flags)
	flags.StringVar(&f.profile, "profile", "", "whose rules to check by: "+strings.Join(profileNames(), ", "))
	flags.StringVar(&f.name, "fqdn", "",
		"the name that the certificate must be for: of the SBC, the pool, the connector, or the gateway's address")
	flags.StringArrayVar(&f.nodes, "node", nil, "FQDN of a node of the pool; may repeat (of Pexip's nodes)")
	flags.StringArrayVar(&f.federation, "federation", nil,
		"domain whose _sipfederationtls record leads to the pool; may repeat (of Pexip's nodes)")
	flags.StringVar(&f.trust, "trust", "", "file of the roots to trust instead of the system's: PEM, DER or P7B")
	flags.StringVar(&f.key, "key", "",
		"file of a private key that must be the certificate's; a key in "+
			"the certificate's own file is compared without it")
	flags.BoolVar(&f.online, "online", false,
		"also ask the addresses that the intermediates name in their AIA; nothing else goes out")
	flags.IntVar(&f.warnDays, "warn-days", check.WarnDays, "how many days before its end a certificate gets a warning")
	const ofDevice = "for a device: as in \"acfix plan\""
	bind(flags, &f.settings, usages{"proxy-set": ofDevice, "sip-interface": ofDevice, "tls-context": ofDevice})
}

func (a *app) certCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "cert",
		Short: "Check the certificates of an SBC and of the servers beside it",
		Args:  noSuchCommand,
		RunE:  func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	command.AddCommand(a.certCheckCommand())
	return command
}

func (a *app) certCheckCommand() *cobra.Command {
	var flags certFlags
	command := &cobra.Command{
		Use:   "check FILE|TARGET --profile NAME --fqdn NAME",
		Short: "Check a certificate by what the other side asks of it; never writes",
		Long: `check reads a certificate with its chain from a file (PEM, DER, P7B or PFX), or from a
device: the certificate of its Teams TLS Context, or of --tls-context, with the trusted
roots of that context as its chain. It reports for each rule of the profile whether it holds,
and who made the rule; "unknown" where that can't be determined. Exit code 1 means that a rule is
broken.

Where a private key is at hand (--key FILE, or in the certificate's own file), "key_matches"
says whether it is the certificate's. It is only compared, and never shown; a key behind a
passphrase is "unknown". A key file that others can read is used, with a warning.

The password of a PFX file comes from --password-file or ACFIX_PFX_PASSWORD.`,
		Example: `  acfix cert check sbc.pem --profile teams --fqdn sbc.example.com
  acfix cert check sbc.pem --key sbc.key --profile teams --fqdn sbc.example.com
  acfix cert check connector.pfx --profile pexip-connector --fqdn pexip.example.com --online
  acfix cert check sbc.example.com --profile teams --fqdn sbc.example.com --pin 9c:ee:...`,
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return usage.Errorf("cert check takes one certificate, not %d", len(arguments)).
					Hint("name one file or one device")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error {
			profile, err := flags.check()
			if err != nil {
				return err
			}
			return a.checkCertificate(arguments[0], profile, flags)
		},
	}
	flags.register(command.Flags())
	return command
}

func profileNames() []string {
	var names []string
	for _, profile := range check.Profiles() {
		names = append(names, profile.ID)
	}
	return names
}

// ofNodes lists the profiles that know a pool and its nodes.
var ofNodes = []string{check.PexipNode, check.PexipInternalNode}

// mostWarnDays is ten years. More days than a Duration holds would never warn.
const mostWarnDays = 3660

// check refuses wrong flags before anything is read.
func (f certFlags) check() (check.Profile, error) {
	profile, ok := check.Find(f.profile)
	switch {
	case f.profile == "":
		return profile, usage.Errorf("no profile was given").
			Hint("say whose rules count: --profile is one of " + strings.Join(profileNames(), ", "))
	case !ok:
		return profile, usage.Errorf("there is no profile %q", f.profile).
			Hint(usage.DidYouMean(f.profile, profileNames(), "--profile is one of "+strings.Join(profileNames(), ", ")))
	case f.name == "":
		return profile, usage.Errorf("no name was given").Hint("say with --fqdn what the certificate must be for")
	case f.warnDays < 0 || f.warnDays > mostWarnDays:
		return profile, usage.Errorf("--warn-days can't be %d", f.warnDays).Hint("give a number of days such as 30")
	case !slices.Contains(ofNodes, f.profile) && len(f.nodes)+len(f.federation) > 0:
		return profile, usage.Errorf("--node and --federation say nothing to profile %s", f.profile).
			Hint("leave them out, or check with --profile " + strings.Join(ofNodes, " or "))
	}
	for _, name := range slices.Concat([]string{f.name}, f.nodes, f.federation) {
		if err := profile.CheckName(name); err != nil {
			return profile, usage.Errorf("%s", err).Hint("give a fully qualified domain name, such as sbc.example.com")
		}
	}
	return profile, nil
}

func (a *app) checkCertificate(argument string, profile check.Profile, flags certFlags) error {
	memo := certs.NewMemo()
	trust, err := a.trustedRoots(flags.trust, memo)
	if err != nil {
		return err
	}
	keys, err := a.keysIn(flags.key)
	if err != nil {
		return err
	}
	subject, found, err := a.certificateOf(argument, flags.connection)
	if err != nil {
		return err
	}
	if keys == nil {
		keys = found.keys
	}
	subject.Memo = memo
	options := check.Circumstances{
		Name: flags.name, Nodes: flags.nodes, Federation: flags.federation, Keys: keys,
		Now: a.now(), WarnWithin: time.Duration(flags.warnDays) * 24 * time.Hour, Trust: trust,
	}
	if flags.online {
		ctx, cancel := a.reading()
		defer cancel()
		options.Addresses = aia.Follow(ctx, a.outside(), subject.Intermediates())
		if a.stopped() {
			return remediate.ErrInterrupted
		}
	}
	found.Report = check.Examine(profile, subject, options)
	return a.showCertificate(found, profile)
}

func (a *app) showCertificate(found certDocument, profile check.Profile) error {
	var err error
	if a.flags.json() {
		err = report.WriteDocument(a.stdout, found)
	} else {
		err = report.Certificate(a.stdout, found.From, profile.Title, found.Report, a.style(a.stdoutIsTerminal))
	}
	if err != nil {
		return err
	}
	return exitWith(map[int]bool{exitFailed: found.Result == check.Fail})
}

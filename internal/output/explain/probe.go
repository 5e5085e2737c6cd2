package explain

import "github.com/acfix/acfix/internal/checks/probe"

// Of a probe: what acfix did besides asking, which is nothing.
const (
	asks    = "Asked and looked, and changed nothing. Other addresses of the endpoint and other endpoints were asked all the same."
	notes   = "Said so and went on; the exit code goes by the answers alone."
	sentNot = "Sent no SIP to a server that it could not trust."
)

// probes are the codes of failures and findings of "acfix probe".
var probes = map[string]page{
	probe.CodeUnresolved: {
		summary: "The name of the end point has no address here.",
		cause:   "It is misspelt, or the DNS server of this machine does not know it or did not answer.",
		acfix:   asks,
		next:    []string{"Check the spelling.", "Ask the DNS server that the SBC uses: acfix dns check --profile teams --domain DOMAIN --resolver ADDRESS."},
	},
	probe.CodeNoAddress: {
		summary: "There is no address of the wanted kind.",
		cause:   "The end point has no IPv4 or no IPv6 address, or --source names an address that this machine has not.",
		acfix:   asks,
		next:    []string{"Take --ipv4, --ipv6 or --source away, or give one that fits."},
	},
	probe.CodeUnreachable: {
		summary: "No connection to the end point.",
		cause:   "Nothing listens at that port, or a firewall or a router in between refuses the way.",
		acfix:   asks,
		next:    []string{"Check route and firewall from this machine to the port, and that they are the SBC's too: it may have another way out.", "Probe from the SBC's network, with --source where the machine has several addresses."},
	},
	probe.CodeTimeout: {
		summary: "Nothing came in time.",
		cause:   "A firewall drops the packets without a word, the way is very slow, or what listens there does not speak TLS.",
		acfix:   asks,
		next:    []string{"Check the firewalls on the way.", "Give more time with --timeout."},
	},
	probe.CodeTLSFailed: {
		summary: "There was no TLS handshake.",
		cause:   "The far end has no TLS version or cipher in common, is no TLS server, or something in between breaks TLS.",
		acfix:   sentNot,
		next:    []string{"Check host and port: Teams takes SIP over TLS on 5061.", "Look for a device in between that inspects TLS, and let it leave this way alone."},
	},
	probe.CodeUntrusted: {
		summary: "The server's chain ends in no root that was asked for.",
		cause:   "An SBC that trusts the given roots alone would refuse this server: the store lacks its root, or a device in between shows a chain of its own.",
		acfix:   sentNot,
		next:    []string{"Compare the chain that is shown with Microsoft's list of roots.", "With --roots FILE, import the root into that store and probe again. Without it the required roots count: something stands in between, or Microsoft has a new root."},
	},
	probe.CodeWrongName: {
		summary: "The server's chain is trusted, and is for another name.",
		cause:   "DNS leads somewhere else, or the end point was given by an address.",
		acfix:   sentNot,
		next:    []string{"Check where DNS leads.", "Where the address is meant, give the name with --server-name."},
	},
	probe.CodeCertMissing: {
		summary: "The far end asks for a client certificate, and none was given.",
		cause:   "It demands mutual TLS, as Teams does of SBCs.",
		acfix:   asks,
		next:    []string{"Give the SBC's certificate with --cert and its key with --key."},
	},
	probe.CodeCertRejected: {
		summary: "The far end refuses the client certificate.",
		cause:   "It does not trust its CA, an intermediate is missing, it has expired, it is not for clients, or it is for a name that the far end does not know.",
		acfix:   "Sent the given certificate whatever CAs the far end names, as SBCs do. Changed nothing.",
		next:    []string{"Judge it: acfix cert check FILE --profile teams --fqdn NAME.", "Put the intermediates behind it in the file, and into the SBC's TLS Context."},
	},
	probe.CodeClosed: {
		summary: "The far end closed the connection without an answer.",
		cause:   "With mutual TLS that is often how a client certificate is refused; else the far end knows no such SBC, or is overloaded.",
		acfix:   asks,
		next:    []string{"Check the client certificate: acfix cert check.", "Check --fqdn: Teams wants the name of an SBC in the tenant."},
	},
	probe.CodeNoAnswer: {
		summary: "TLS works, and SIP got no answer.",
		cause:   "Teams stays silent to an SBC whose name it does not know, or whose domain is not in the tenant.",
		acfix:   asks,
		next:    []string{"Check --fqdn, and that this SBC stands in the tenant (Get-CsOnlinePSTNGateway).", "Check that the certificate holds that name."},
	},
	probe.CodeBadAnswer: {
		summary: "What came is no SIP answer.",
		cause:   "Something else listens there, or the answer was cut off.",
		acfix:   asks,
		next:    []string{"Check host and port."},
	},
	probe.CodeInterrupted: {
		summary: "The probe was stopped on request.",
		cause:   "Somebody pressed Ctrl-C, or the process was asked to end.",
		acfix:   "Stopped at once. Nothing was changed.",
		next:    []string{"Run it again."},
	},
	probe.OutsideRanges: {
		summary: "An address of a Microsoft end point lies outside Microsoft's published ranges.",
		cause:   "Split DNS, a proxy or a forged answer; or Microsoft has published new ranges since this version of acfix.",
		acfix:   notes,
		next:    []string{"Check where DNS leads, and compare with Microsoft's list of today.", "Firewalls that go by the list block such an address."},
	},
	probe.NotPublished: {
		summary: "The address is none of Microsoft's for Teams.",
		cause:   "Another host was given: a lab, a test server, another provider.",
		acfix:   notes,
		next:    []string{"Nothing, if that is what was meant."},
	},
	probe.FamilyUnreachable: {
		summary: "One of IPv4 and IPv6 works, the other does not.",
		cause:   "This machine has no way out for one of them, or a firewall knows one alone.",
		acfix:   notes,
		next:    []string{"Mend the way, or keep the SBC to the family that works: one that prefers the other waits or fails."},
	},
	probe.Refused: {
		summary: "SIP OPTIONS was answered with an error.",
		cause:   "From Teams a 403 means that the name in Contact is not that of an SBC in the tenant, or not in the certificate.",
		acfix:   "Counted it as an answer: the way, TLS and SIP work. With --require-ok it counts as none.",
		next:    []string{"Read the answer's Reason and Warning headers, where acfix shows some: Teams says there what it misses.", "Check --fqdn, the tenant's list of SBCs, and the certificate's names.", "For other codes look at the far end's log."},
	},
	probe.Lossy: {
		summary: "Some OPTIONS were not answered.",
		cause:   "Packets get lost, or the far end is overloaded.",
		acfix:   notes,
		next:    []string{"Look at the path: Teams takes an SBC that misses OPTIONS out of service."},
	},
	probe.NoTLS12: {
		summary: "The far end does not take TLS 1.2.",
		cause:   "It demands TLS 1.3.",
		acfix:   notes,
		next:    []string{"Check that the SBC's firmware speaks TLS 1.3 in this TLS Context: many speak 1.2 at most."},
	},
	probe.NotAsked: {
		summary: "The far end did not ask for the client certificate.",
		cause:   "It does not demand mutual TLS on this connection.",
		acfix:   notes,
		next:    []string{"Don't take this for a proof that it accepts the certificate: it was not asked for."},
	},
	probe.IssuerNotAsked: {
		summary: "The far end's list of CAs does not name the issuer of the client certificate.",
		cause:   "Such lists are often incomplete.",
		acfix:   "Sent the certificate all the same, as SBCs do.",
		next:    []string{"Nothing, if the far end answers; else have a certificate of a CA on its list."},
	},
	probe.NameNotCovered: {
		summary: "The server's certificate does not name the address that was given.",
		cause:   "The end point was given by its address; certificates name hosts.",
		acfix:   notes,
		next:    []string{"Give the expected name with --server-name."},
	},
	probe.NoClientCertificate: {
		summary: "The far end asked for a client certificate and went on without one.",
		cause:   "It wishes for mutual TLS, and does not demand it of everybody.",
		acfix:   notes,
		next:    []string{"Give --cert and --key to try what the SBC does."},
	},
	probe.RootNotRequired: {
		summary: "The server's chain ends in a root that is none of the required roots.",
		cause:   "The roots came from --roots or --ca-file, and hold more than the required roots.",
		acfix:   notes,
		next:    []string{"Mind that a device that holds the required roots need not hold this root: it would refuse this server."},
	},
	probe.FQDNNotCovered: {
		summary: "The client certificate does not hold the name that was given with --fqdn.",
		cause:   "It is another SBC's, or --fqdn is misspelt.",
		acfix:   notes,
		next:    []string{"Give the certificate that the SBC presents to Teams; Teams answers 403 when the name in Contact is not in it."},
	},
}

package explain

import "github.com/acfix/acfix/remediate"

// What acfix does about a finding, where many do the same.
const (
	plansNothing = "Planned nothing for this device: an error has to be decided or repaired by a person first. Nothing was written."
	noticesOnly  = "Planned as usual and changes nothing of this."
)

// teams are findings about which legs lead to Teams, and which TLS Contexts serve them.
var teams = map[string]page{
	remediate.DefaultContext: {
		summary: "The Teams leg uses TLS Context 0, which also serves the management interface.",
		cause:   "Neither the Proxy Set nor the SIP Interface names a TLS Context for this direction, so the device takes context 0.",
		acfix:   plansNothing + " With --allow-default-context it imports the roots there; it never touches the bundle switch of context 0.",
		next: []string{
			"Better: make a TLS Context for Teams and name it at the Proxy Set and at the SIP Interface.",
			"Or accept it: --allow-default-context, or allow_default_context in the inventory.",
		},
	},
	remediate.IncomingDefaultContext: {
		summary: "Incoming connections of Teams are served by TLS Context 0, outgoing ones by another.",
		cause:   "The Proxy Set names a TLS Context and the SIP Interface does not. The device then verifies Teams with context 0 when Teams calls.",
		acfix:   plansNothing,
		next: []string{
			"Set the same TLS Context at the SIP Interface, then plan again.",
			"Or decide which one is repaired: --tls-context NAME.",
		},
	},
	remediate.SharedContext: {
		summary: "The TLS Context of Teams is also used by something else.",
		cause:   "Another SIP Interface with a TLS port, another Proxy Set with a TLS address, a parameter, or a cell of another table names the same TLS Context; or it serves the management interface, by the table AdditionalManagementInterfaces. What the device hides, or writes in comment form, counts where it may name one.",
		acfix:   plansNothing + " Added roots would be trusted there too, which is not acfix's to decide. Where the management interface is among the others, --allow-shared-context imports all required roots and leaves the bundle switch alone.",
		next: []string{
			"Give Teams a TLS Context of its own.",
			"Or accept that the others trust the added roots too: --allow-shared-context, or allow_shared_context in the inventory. A waiver only silences the finding.",
		},
	},
	remediate.OtherContext: {
		summary: "By your choice only one of the TLS Contexts of Teams is looked at.",
		cause:   "--tls-context names one TLS Context, and the Teams leg is served by another one too.",
		acfix:   "Planned for the chosen TLS Context alone. What the other lacks it lacks still.",
		next:    []string{"Leave --tls-context out to have all of them repaired."},
	},
	remediate.DanglingReference: {
		summary: "A row of the Teams leg names something that does not exist.",
		cause:   "A TLS Context or SIP Interface was renamed or deleted, or the name is misspelt.",
		acfix:   plansNothing + " What the device does with such a row can't be told.",
		next:    []string{"Correct the name on the device, then plan again."},
	},
	remediate.AmbiguousName: {
		summary: "A name of the Teams leg fits more than one row.",
		cause:   "Two rows have the same name, or names that differ in case alone, or the one row's name is the other one's index.",
		acfix:   plansNothing + " Which row the device takes can't be told.",
		next: []string{
			"Give each row a name of its own on the device, then plan again.",
			"Or say by its index which one is meant: --proxy-set, --sip-interface, --tls-context.",
		},
	},
	remediate.ManagementClientCertificates: {
		summary: "The TLS Context serves the management interface, where client certificates may log in.",
		cause:   "It is TLS Context 0, or the table AdditionalManagementInterfaces names it; and HTTPSRequireClientCertificate is on or can't be read, or a user in WebUsers has a certificate's subject. Then the trusted roots decide on who gets in, without a password.",
		acfix:   plansNothing + " Public roots would open the login to strangers with a public certificate of the fitting name, so no flag lifts this.",
		next: []string{
			"Give Teams a TLS Context that does not serve the management interface, and name it at the Proxy Set and at the SIP Interface.",
			"Or take client certificates off the management interface, then plan again.",
		},
	},
	remediate.ServerVerify: {
		summary: "Mutual TLS is off, but the SBC still verifies Teams' certificate.",
		cause:   "VerifyServerCertificate is on, or SIPSRequireClientCertificate asks for it globally.",
		acfix:   plansNothing + " Without the roots this device would refuse Teams, although mutual TLS is off.",
		next: []string{
			"Plan with --include-non-mtls, so that the roots are added.",
			"Or switch mutual TLS on at the SIP Interface, as Microsoft recommends.",
		},
	},
	remediate.UnrecognisedPSTNHub: {
		summary: "A Proxy address looks like Teams and is none of Microsoft's names.",
		cause:   "\"pstnhub\" stands in the address, which is misspelt, or a name that this acfix does not know.",
		acfix:   plansNothing,
		next: []string{
			"Compare the address with sip.pstnhub.microsoft.com, sip2 and sip3, and correct it.",
			"Or say that this Proxy Set is the one of Teams: --proxy-set NAME.",
		},
	},
	remediate.NamedTeamsOnly: {
		summary: "Something is called Teams, but no address is Microsoft's.",
		cause:   "Teams is reached through another proxy or by IP address, or a leftover has the name.",
		acfix:   plansNothing,
		next:    []string{"Name the leg with --proxy-set or --sip-interface, or rename the leftover."},
	},
	remediate.NoTeamsLeg: {
		summary: "No Proxy Set leads to Teams Direct Routing.",
		cause:   "This SBC does not serve Teams, or it reaches Teams by an address that acfix can't recognise.",
		acfix:   "Planned nothing: the requirement does not concern this device.",
		next:    []string{"Nothing, if that is right. Otherwise name the Proxy Set with --proxy-set."},
	},
	remediate.MTLSOff: {
		summary: "Mutual TLS is off at a SIP Interface of Teams.",
		cause:   "\"TLS Mutual Authentication\" of the SIP Interface is off; Microsoft's requirement concerns SBCs with mutual TLS.",
		acfix:   "Planned nothing for this leg.",
		next:    []string{"Nothing. To prepare the device for mutual TLS all the same: --include-non-mtls."},
	},
	remediate.MTLSUnknown: {
		summary: "Whether mutual TLS is on can't be told.",
		cause:   "The field is missing in this firmware's table, or holds a value that acfix does not know.",
		acfix:   "Counted it as on, the careful side: the roots only add trust.",
		next:    []string{"Check \"TLS Mutual Authentication\" of the SIP Interface."},
	},
	remediate.WithdrawnFQDN: {
		summary: "A Proxy address was withdrawn by Microsoft.",
		cause:   "The name belonged to Direct Routing until June 2022.",
		acfix:   noticesOnly,
		next:    []string{"Use sip.pstnhub.microsoft.com, sip2.pstnhub.microsoft.com and sip3.pstnhub.microsoft.com, in this order."},
	},
	remediate.UnlistedFQDN: {
		summary: "A Proxy address lies in Microsoft's zone but is none of the published names.",
		cause:   "A name that this acfix does not know, or one of another cloud.",
		acfix:   "Counted it as Teams.",
		next:    []string{"Check that the address is meant."},
	},
	remediate.TestEndpointInUse: {
		summary: "A test end point of Microsoft's stands in a Proxy Set.",
		cause:   "It was put there for a test and left. Test end points answer SIP OPTIONS alone.",
		acfix:   noticesOnly + " It is a warning where calls go there: the address is the first of its Proxy Set, or the Proxy Set spreads calls over all of them.",
		next:    []string{"Take the address out of the Proxy Set."},
	},
	remediate.AutomaticUpdate: {
		summary: "A provisioning server may undo the change.",
		cause:   "Automatic Update is configured: the device loads its configuration from a server, at restarts or by a schedule.",
		acfix:   noticesOnly,
		next: []string{
			"Change the configuration at the provisioning server too: \"Use default CA Bundle\" and the trusted roots.",
			"Plan again after the next update.",
		},
	},
	remediate.TLS12NotAllowed: {
		summary: "The TLS Context does not allow TLS 1.2, which Teams needs.",
		cause:   "Its TLS version leaves 1.2 out.",
		acfix:   noticesOnly,
		next:    []string{"Allow TLS 1.2 in the TLS Context; connections with Teams fail without it, whatever roots are there."},
	},
	remediate.CiphersExcludeTeams: {
		summary: "The TLS Context allows no cipher suite that Teams offers.",
		cause:   "The cipher string of the TLS Context is too narrow or too old.",
		acfix:   noticesOnly,
		next:    []string{"Allow ECDHE-RSA-AES256-GCM-SHA384 in the TLS Context."},
	},
	remediate.StrictCertificate: {
		summary: "The TLS Context checks the key usage of certificates strictly.",
		cause:   "\"Strict Certificate Extension Validation\" (RequireStrictCert) is on. Public CAs stop issuing certificates for clients, and Teams is a client when it calls the SBC.",
		acfix:   noticesOnly,
		next:    []string{"If calls from Teams fail although the roots are there, switch it off in the TLS Context."},
	},
	remediate.PeerNameVerification: {
		summary: "The SBC verifies the names in certificates of SIP peers.",
		cause:   "The global parameter PeerHostNameVerificationMode is not 0.",
		acfix:   noticesOnly,
		next:    []string{"If calls fail although the roots are there: a name in Teams' certificate must be an address of the Proxy Set, or be given by TLSRemoteSubjectName."},
	},
	remediate.WaiverExpired: {
		summary: "A waiver of the inventory has come to its end.",
		cause:   "Its day is over, so what it silenced is shown again.",
		acfix:   "Nothing else: a waiver never changes what is planned.",
		next:    []string{"Repair what was waived, or ask its owner to decide again and change the date in the inventory."},
	},
}

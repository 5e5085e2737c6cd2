package check

import "crypto/x509"

// Profile is what one counterpart requires of a certificate.
type Profile struct {
	ID    string
	Title string

	literal bool // names are compared as strings, including case
	rules   []rule
}

// Profiles lists all profiles.
func Profiles() []Profile { return append([]Profile(nil), profiles...) }

// Find returns the profile with this ID.
func Find(id string) (Profile, bool) {
	for _, profile := range profiles {
		if profile.ID == id {
			return profile, true
		}
	}
	return Profile{}, false
}

// The IDs of the profiles.
const (
	Teams          = "teams"
	PexipNode      = "pexip-node"
	PexipConnector = "pexip-connector"
	ExchangeUM     = "exchange-um"
)

// The sources of the rules, last compared on 2026-11-22.
const (
	planRouting   = "Microsoft Learn, \"Plan Direct Routing\" (state of 2026-11-22)"
	sourceTeams   = planRouting + ", \"Public trusted certificate for the SBC\""
	sourceNames   = planRouting + ", \"SBC domain names\""
	sourceSuites  = planRouting + ", the published TLS 1.2 cipher suites, all of them ECDHE-RSA"
	sourceProgram = "Microsoft Learn, \"Program Requirements - Microsoft Trusted Root Program\" (state of " +
		"2026-11-22), signature and key requirements; " + planRouting + ", note on the key size of the CSR"

	pexip = "Pexip, \"Certificate and DNS examples for a Microsoft Teams integration\" (undated, read on " +
		"2026-11-22), "
	sourcePexip     = pexip + "\"Teams Connector and Conferencing Node certificates\""
	sourceConnector = pexip + "\"Teams Connector certificate requirements\""
	sourceNodes     = pexip + "\"Public DMZ / Edge Conferencing Node guidelines\", \"Certificates\""
	sourceSfB       = pexip + "\"Support for federated Skype for Business / Lync systems\""

	sourceNoWildcard = "Pexip, \"Certificate creation and requirements for Skype for Business / Lync " +
		"integrations\" (undated, read on 2026-11-29): no wildcard certificates with SIP or Skype for Business, " +
		"after RFC 5922 (June 2010), 7.2"

	sourceExchange = "Microsoft, \"Get a Certificate for Exchange UM Online\" (undated, read on 2026-11-22; the " +
		"service ended in 2020), \"Certificate requirements for SBCs\""

	sourceValidity = "RFC 5280 (May 2008), 4.1.2.5"
	sourcePath     = sourceValidity + "; 6.1.3: each certificate of a path must be valid"
	sourceChain    = "RFC 5246 (August 2008), 7.4.2: each certificate is followed by that of its issuer; only the " +
		"root may be left out"
	sourceKeyUsage  = "RFC 5280 (May 2008), 4.2.1.3; RFC 8422 (August 2018), 2.1 and 5.4: with ECDHE the key signs"
	sourceReference = "RFC 6125 (March 2011), 6.4.4"
)

// The sentences of rules that several profiles share.
const (
	textServerAuth = "The extended key usage names server authentication, and no CA of the chain limits it to others."
	textClientAuth = "The extended key usage names client authentication, and no CA of the chain limits it to others."
	textKeyUsage   = "The key usage, where there is one, has digitalSignature."
	textOrder      = "The file has the certificate first, and each of the others after one that it signed."
	textComplete   = "Every certificate between this one and its root is there."
	textExpiry     = "No certificate of the chain expires within the warning time."
	textRedirect   = "No address in the AIA of an intermediate redirects from HTTP to HTTPS."
)

var (
	serverAuth = usage(x509.ExtKeyUsageServerAuth, "server authentication")
	clientAuth = usage(x509.ExtKeyUsageClientAuth, "client authentication")
)

var profiles = withInternalNode([]Profile{
	{ID: Teams, Title: "SBC for Microsoft Teams Direct Routing", rules: []rule{
		{"fqdn", Failure, "The SBC's FQDN stands in the CN or among the SANs, itself or by a wildcard for one label.",
			sourceTeams, commonOrAlternative},
		{"not_onmicrosoft", Failure, "The SBC's FQDN does not lie below onmicrosoft.com.", sourceNames, notOnMicrosoft},
		{"server_auth", Failure, textServerAuth, sourceTeams, serverAuth},
		{"client_auth", Information, textClientAuth,
			sourceTeams + ": demanded in March 2024; by one secondary source its absence is accepted since " +
				"December 2025, because public CAs stop issuing it", clientAuth},
		{"key_usage", Warning, textKeyUsage, sourceKeyUsage + "; " + sourceSuites, signingUsage},
		{"key_size", Failure, "The key is RSA with at least 2048 bits, or EC on P-256, P-384 or P-521.",
			sourceProgram, publicKeyStrength},
		{"key_type", Warning,
			"The key is RSA, as the cipher suites that Teams offers want it where the SBC is the TLS server.",
			sourceSuites, rsaForSuites},
		{"signature_algorithm", Failure, "The certificate and its intermediates are signed with SHA-256 or better.",
			sourceProgram, signatures},
		{"not_self_signed", Failure, "The certificate is not signed by itself.", sourceTeams, notSelfSigned},
		{"chain_order", Warning, textOrder, sourceChain, inOrder},
		{"chain_complete", Failure, textComplete, sourceChain, complete},
		{"trusted_root", Failure,
			"The chain ends in a root that is trusted; for Teams, one of the Microsoft Trusted Root Program.",
			sourceTeams, notItself(trusted)},
		{"validity", Failure, "The certificate is valid now.", sourceValidity, valid},
		{"expires_soon", Warning, textExpiry, sourcePath, validForLong},
	}},
	{ID: PexipNode, Title: "Pexip Conferencing Node", rules: []rule{
		{"server_auth", Failure, textServerAuth, sourcePexip, serverAuth},
		{"client_auth", Failure, textClientAuth, sourcePexip, clientAuth},
		{"key_usage", Failure, textKeyUsage, sourceKeyUsage + "; " + sourcePexip, signingUsage},
		{"subject_name", Failure, "The subject name is the name of the pool.", sourceNodes, subjectIsName},
		{"san_subject", Failure, "The SANs have the name of the pool itself; a wildcard does not stand for it.",
			sourceNodes + "; " + sourceNoWildcard, alternativeIsName},
		{"san_nodes", Failure, "The SANs have the FQDN of every node itself; a wildcard stands for no node.",
			sourceNodes + "; " + sourceNoWildcard, alternativeHasNodes},
		{"san_federation", Failure, "The SANs have every domain whose federation record leads to the nodes.",
			sourceSfB, alternativeHasFederation},
		{"format", Failure, "The file is PEM.", sourcePexip, inFormat("PEM", "the Management Node converts it")},
		{"chain_order", Failure, textOrder, sourceChain + "; " + sourceNodes, inOrder},
		{"chain_complete", Failure, textComplete, sourceNodes, complete},
		{"trusted_root", Failure, "The certificate is signed by an external trusted CA.", sourceNodes,
			trustedFromOutside},
		{"aia_redirect", Failure, textRedirect, sourceNodes, noRedirect},
		{"validity", Failure, "The certificate is valid now.", sourceValidity + "; " + sourcePexip, valid},
		{"expires_soon", Warning, textExpiry, sourcePath, validForLong},
	}},
	{ID: PexipConnector, Title: "Pexip Teams Connector", rules: []rule{
		{"server_auth", Failure, textServerAuth, sourcePexip, serverAuth},
		{"client_auth", Failure, textClientAuth, sourcePexip, clientAuth},
		{"key_usage", Failure, textKeyUsage, sourceKeyUsage + "; " + sourcePexip, signingUsage},
		{"rsa_key", Failure, "The key is RSA.", sourceConnector, rsaKey},
		{"subject_name", Failure, "The subject name is the connector's FQDN, itself or by a wildcard for one label.",
			sourceConnector, subjectCoversName},
		{"san_name", Failure,
			"Where the SANs have DNS names, the connector's FQDN is among them, itself or by a wildcard: the " +
				"subject name then no longer counts.", sourceReference + ", which Pexip follows: " + sourceConnector,
			alternativeWhereThereIsOne},
		{"format", Failure, "The file is PFX.", sourceConnector, inFormat("PFX", "the Management Node converts it")},
		{"chain_order", Failure, textOrder, sourceChain + "; " + sourceConnector, inOrder},
		{"intermediates", Failure, "The PFX file holds every intermediate certificate.", sourceConnector, complete},
		{"trusted_root", Failure, "The certificate is signed by an external trusted CA.", sourceConnector,
			trustedFromOutside},
		{"aia_redirect", Warning, textRedirect, sourceNodes + ", which speaks of the nodes' chain", noRedirect},
		{"validity", Failure, "The certificate is valid now.", sourceValidity, valid},
		{"expires_soon", Warning, textExpiry, sourcePath, validForLong},
	}},
	{ID: ExchangeUM, Title: "SBC for Exchange UM Online", literal: true, rules: []rule{
		{"cn_address", Failure, "The CN is the address of the UM IP gateway, in the same case.",
			sourceExchange + ", second item", literalCommonName},
		{"san_address", Failure, "The SANs have the address of the UM IP gateway, in the same case.",
			sourceExchange + ", second item", literalAlternative},
		{"key_size", Failure, "The key has at least 1024 bits.", sourceExchange + ", third item", rsaOfLength(1024)},
		{"key_recommended", Warning, "The key has at least the recommended 2048 bits.",
			sourceExchange + ", third item", rsaOfLength(2048)},
		{"key_usage", Warning, textKeyUsage, sourceKeyUsage, signingUsage},
		{"not_self_signed", Failure, "The certificate is not signed by itself.", sourceExchange + ", first item",
			notSelfSigned},
		{"chain_order", Warning, textOrder, sourceChain, inOrder},
		{"chain_complete", Failure, textComplete, sourceChain, complete},
		{"trusted_root", Failure, "The certificate is signed by a recognised CA.", sourceExchange + ", first item",
			notItself(trustedForServers)},
		{"validity", Failure, "The certificate is valid now.", sourceValidity, valid},
		{"expires_soon", Warning, textExpiry, sourcePath, validForLong},
	}},
})

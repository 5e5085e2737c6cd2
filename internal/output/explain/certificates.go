package explain

import "github.com/acfix/acfix/remediate"

// judges is what acfix does about the SBC's own certificate.
const judges = "Planned as usual: the SBC's own certificate decides nothing, and acfix does not change it. --no-cert-check leaves it out."

// certificates are findings about the SBC's own certificate.
var certificates = map[string]page{
	remediate.CertificateUnread: {
		summary: "The SBC's own certificate could not be read.",
		cause:   "The account's privilege level is too low for it, or this firmware does not give it out.",
		acfix:   judges,
		next:    []string{"Use an account with the level Administrator or above, or plan with --no-cert-check."},
	},
	remediate.CertificateNotValid: {
		summary: "The SBC's own certificate is not valid today.",
		cause:   "It has expired, or its time has not begun; or a clock is wrong.",
		acfix:   judges,
		next:    []string{"Renew the certificate of this TLS Context: Teams refuses the connection whatever roots are present.", "Check the clocks."},
	},
	remediate.CertificateExpiresSoon: {
		summary: "The SBC's own certificate expires soon.",
		cause:   "Its end is near.",
		acfix:   judges,
		next:    []string{"Renew the certificate of this TLS Context in time."},
	},
	remediate.CertificateNoServerAuth: {
		summary: "The SBC's own certificate is not for servers.",
		cause:   "It lacks the extended key usage \"server authentication\".",
		acfix:   judges,
		next:    []string{"Have the certificate issued with that usage."},
	},
	remediate.CertificateOtherName: {
		summary: "The SBC's own certificate is for another name than the SBC calls itself.",
		cause:   "The \"Local Host Name\" of the Teams IP Group, which goes into the Contact, is not among the certificate's names.",
		acfix:   judges,
		next:    []string{"Have the certificate issued for that name, or correct the Local Host Name."},
	},
	remediate.CertificateSelfSigned: {
		summary: "The SBC's own certificate is self-signed.",
		cause:   "No CA has signed it; Teams trusts public CAs only.",
		acfix:   judges,
		next:    []string{"Install a certificate of a CA in the Microsoft Trusted Root Program."},
	},
	remediate.CertificateWeakKey: {
		summary: "The key of the SBC's own certificate is weak.",
		cause:   "It is shorter than 2048 bits of RSA, or of a kind that Teams does not take.",
		acfix:   judges,
		next:    []string{"Have the certificate issued for a new key, RSA with 2048 bits or more."},
	},
	remediate.CertificateWeakSignature: {
		summary: "The SBC's own certificate is signed with an old algorithm.",
		cause:   "Its CA signed it with SHA-1 or older.",
		acfix:   judges,
		next:    []string{"Have it issued again by a CA that signs with SHA-256."},
	},
	remediate.CertificateChainIncomplete: {
		summary: "The issuer of the SBC's own certificate is not in the store.",
		cause:   "The intermediate certificate was not imported along, so the SBC may not send a whole chain.",
		acfix:   judges,
		next:    []string{"Import the intermediate certificate that came with the SBC's certificate into this TLS Context."},
	},
	remediate.SBCCertificateEC: {
		summary: "The SBC's own certificate has no RSA key.",
		cause:   "Teams' four cipher suites are ECDHE-RSA. Where the SBC is the TLS server it needs an RSA certificate for them: with another one, no handshake with a client that offers just these suites completes.",
		acfix:   judges,
		next:    []string{"Have the certificate issued for an RSA key of 2048 bits or more."},
	},
	remediate.OddCertificate: {
		summary: "A trusted-root store holds an unusual certificate.",
		cause:   "Its serial number is negative, zero or too long, or it has a key or an extension that acfix can't read.",
		acfix:   "Planned as usual: the certificate is told by its SHA-256, and it stays in the store byte for byte, also when a restore replaces the store.",
		next:    []string{"Nothing, as far as Teams is concerned. If it is a CA of your own, have it issued again."},
	},
}

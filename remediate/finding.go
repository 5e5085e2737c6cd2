package remediate

import "slices"

// Level is how much a finding matters. A Problem blocks the plan.
type Level string

// The levels of findings.
const (
	Info    Level = "info"
	Warning Level = "warning"
	Problem Level = "error"
)

// Finding is something that an operator should know about a device.
type Finding struct {
	Code    string `json:"code"`
	Level   Level  `json:"level"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	// Waived says who accepted the finding and until when; nil if it is not waived.
	Waived *Waiver `json:"waived,omitempty"`
}

// Codes of findings. They are part of the documented JSON.
const (
	BundleNotVerifiable      = "bundle_not_verifiable"
	BundleSeen               = "bundle_seen"
	BundleSwitchMissing      = "bundle_switch_missing"
	BundleSwitchUnreadable   = "bundle_switch_unreadable"
	ContextAbove4            = "context_above_4"
	DefaultContext           = "default_context"
	IncomingDefaultContext   = "incoming_default_context"
	SharedContext            = "shared_context"
	DanglingReference        = "dangling_reference"
	AmbiguousName            = "ambiguous_name"
	ServerVerify             = "server_verify"
	UnrecognisedPSTNHub      = "unrecognised_pstnhub"
	NamedTeamsOnly           = "named_teams_only"
	NoTeamsLeg               = "no_teams_leg"
	MTLSOff                  = "mtls_off"
	MTLSUnknown              = "mtls_unknown"
	UnsavedChanges           = "unsaved_changes"
	UnsavedOwn               = "unsaved_own_changes"
	UnsavedMixed             = "unsaved_mixed_changes"
	UnsavedPerhaps           = "unsaved_perhaps_own_changes"
	OtherContext             = "other_context"
	ReplacesStore            = "replaces_store"
	OtherSerial              = "other_serial"
	InterruptedRun           = "interrupted_run"
	SaveStateUnknown         = "save_state_unknown"
	CrossSignedTwin          = "cross_signed_twin"
	SameNameOtherCertificate = "same_name_other_certificate"
	ExpiredRoot              = "expired_root"
	UnreadableStore          = "unreadable_store"
	StoreNearlyFull          = "store_nearly_full"
	RootInDoubt              = "root_in_doubt"
	TestEndpointInUse        = "test_endpoint_in_use"
	WithdrawnFQDN            = "withdrawn_fqdn"
	UnlistedFQDN             = "unlisted_fqdn"
	FirmwareNewer            = "firmware_newer_than_policy"
	FirmwareOtherLetters     = "firmware_other_letters"
	FirmwareUnreadable       = "firmware_unreadable"
	InsecureTLS              = "insecure_tls"
	OldTLS                   = "old_tls"
	LegacyCiphers            = "legacy_ciphers"
	ClockOff                 = "clock_off"
	HANotReady               = "ha_not_ready"
	NewAlarm                 = "new_alarm"
	AutomaticUpdate          = "automatic_update"
	TLS12NotAllowed          = "tls12_not_allowed"
	CiphersExcludeTeams      = "ciphers_exclude_teams"
	StrictCertificate        = "strict_certificate"
	PeerNameVerification     = "peer_name_verification"
	SecretInTLSContexts      = "secret_in_tls_contexts"

	StoreNotInFile    = "store_not_in_file"
	UnsavedNotInFile  = "unsaved_not_in_file"
	StatusNotInFile   = "status_not_in_file"
	FirmwareNotInFile = "firmware_not_in_file"
	FileMayBeAPart    = "file_may_be_a_part"

	CertificateNotInFile = "certificate_not_in_file"

	CertificateUnread          = "certificate_unread"
	CertificateNotValid        = "certificate_not_valid"
	CertificateExpiresSoon     = "certificate_expires_soon"
	CertificateNoServerAuth    = "certificate_no_server_auth"
	CertificateOtherName       = "certificate_other_name"
	CertificateSelfSigned      = "certificate_self_signed"
	CertificateWeakKey         = "certificate_weak_key"
	CertificateWeakSignature   = "certificate_weak_signature"
	CertificateChainIncomplete = "certificate_chain_incomplete"
	SBCCertificateEC           = "sbc_certificate_ec"
	OddCertificate             = "odd_certificate"

	ManagementClientCertificates = "management_client_certificates"

	WaiverExpired = "waiver_expired"
)

// findingText is one row of the table of findings. message and hint are formats for fmt; both get the same arguments.
type findingText struct {
	level   Level
	message string
	hint    string
	source  string // of the rule
}

const (
	sourceEGroup   = "eGroup on AudioCodes note MC1213773"
	sourceManual   = "AudioCodes User's Manual 7.4"
	sourceTeams    = "Microsoft Learn, Plan Direct Routing"
	sourceStandard = "RFC 5280"
	sourceBrowsers = "Mozilla and Chrome root programs, April 2026"
	sourcePractice = "acfix: unknown counts as the more cautious case"
	sourcePolicy   = "the policy's observations"
)

// findingTexts is every finding that a plan can hold.
var findingTexts = map[string]findingText{
	BundleNotVerifiable: {Info,
		"TLS Context %[1]s: %[2]d of the required roots are counted as present because AudioCodes says that the " +
			"default CA bundle of firmware %[3]s contains them; the bundle can't be read over REST.",
		"To rely only on what acfix can read, plan with --all-roots. To check the bundle yourself: Setup > IP " +
			"Network > Security > Default CA Bundle.", sourceEGroup},
	BundleSeen: {Info,
		"TLS Context %[1]s: %[2]d of the required roots are counted as present because they were seen in the default " +
			"CA bundle of firmware %[3]s (by %[4]s); acfix can't read the bundle over REST.",
		"To rely only on what acfix can read, plan with --all-roots.", sourcePolicy},
	BundleSwitchMissing: {Warning,
		"Firmware %[2]s has no \"Use default CA Bundle\" in TLS Context %[1]s; all required roots are imported " +
			"instead.",
		"Consider an update to the current 7.4 LTS firmware.%[3]s Do not move from 7.4 to 7.6 only for " +
			"this.", sourceEGroup},
	BundleSwitchUnreadable: {Problem,
		"TLS Context %[1]s: \"Use default CA Bundle\" has the value %[2]q, which is neither on nor off.",
		"Look at the TLS Context on the device and set the field to Enable or Disable, then plan " +
			"again.", sourcePractice},
	ContextAbove4: {Warning,
		"TLS Context %[1]s: only contexts 0 to 4 can use the default CA bundle; all required roots are imported " +
			"instead.",
		"Nothing to do now. If you rebuild the context, give it an index from 1 to 4.", sourceManual},
	DefaultContext: {Problem,
		"The Teams leg (%[1]s) uses TLS Context 0 \"default\", which also serves the management interface.",
		"Give Teams a TLS Context of its own, or import the roots into context 0 with --allow-default-context (its " +
			"bundle switch is never touched).", sourceEGroup},
	IncomingDefaultContext: {Problem,
		"Incoming connections of the Teams leg (%[1]s) are served by TLS Context 0 \"default\"; outgoing ones by TLS " +
			"Context %[2]s.",
		"Set the TLS Context at the SIP Interface too, or say with --tls-context which one to repair.", sourceManual},
	SharedContext: {Problem,
		"TLS Context %[1]s is also used by %[2]s.",
		"Give Teams a TLS Context of its own, or accept that the others trust the added roots too with " +
			"--allow-shared-context.", sourceEGroup},
	DanglingReference: {Problem,
		"%[1]s names the %[2]s %[3]q, which does not exist on this device.",
		"Correct the name, then plan again.", sourcePractice},
	AmbiguousName: {Problem,
		"%[1]s names the %[2]s %[3]q, which matches more than one row: %[4]s.",
		"Give each row a name of its own on the device, or say which one is meant by its index (--proxy-set, " +
			"--sip-interface, --tls-context), then plan again.", sourcePractice},
	ManagementClientCertificates: {Problem,
		"TLS Context %[1]s serves %[2]s, and administrators may log in there by client certificate (%[3]s): with " +
			"public roots, strangers with a matching public certificate could log in.",
		"Give Teams a TLS Context that does not serve the management interface. No flag lifts this.", sourceManual},
	ServerVerify: {Problem,
		"Mutual TLS is off at SIP Interface %[1]q, but the SBC still verifies Teams' certificate (%[2]s).",
		"Teams must be trusted here too: plan with --include-non-mtls, or switch mutual TLS on at the SIP " +
			"Interface.", sourceManual},
	UnrecognisedPSTNHub: {Problem,
		"The Proxy address %[1]q of Proxy Set %[2]q looks like Teams but is not one of Microsoft's names.",
		"Correct the address, or name the Teams Proxy Set with --proxy-set.", sourceTeams},
	NamedTeamsOnly: {Problem,
		"No Proxy address is one of Microsoft's, but %[1]s has Teams in its name.",
		"Say which Proxy Set or SIP Interface belongs to Teams with --proxy-set or --sip-interface.", sourceEGroup},
	NoTeamsLeg: {Info,
		"No Proxy Set leads to Teams Direct Routing.",
		"Nothing to do. If this SBC does serve Teams, name its Proxy Set with --proxy-set.", sourceTeams},
	MTLSOff: {Info,
		"Mutual TLS is off at SIP Interface %[1]q.",
		"Microsoft's requirement concerns SBCs with mutual TLS. To prepare this one anyway, plan with " +
			"--include-non-mtls.", sourceEGroup},
	MTLSUnknown: {Warning,
		"acfix cannot tell whether mutual TLS is on for the Teams leg (%[1]s), and treats it as on.",
		"Check \"TLS Mutual Authentication\" of the SIP Interface.", sourcePractice},
	UnsavedChanges: {Problem,
		"This device has unsaved changes that acfix did not make; saving now would save those too.",
		"Ask who made them, and have them saved or undone; or plan with --save-unsaved.", sourcePractice},
	UnsavedOwn: {Info,
		"This device has unsaved changes from an earlier run of acfix.",
		"apply continues from there and saves them.", sourcePractice},
	UnsavedMixed: {Problem,
		"This device has unsaved changes from an earlier run of acfix, and differs from its backup in more than " +
			"acfix intended: %[1]s.",
		"Compare the device with that run's backup: either someone else changed it too, or the device lost " +
			"something. Put it right, or restart the device without saving; if all the changes are wanted, plan with " +
			"--save-unsaved.", sourcePractice},
	UnsavedPerhaps: {Problem,
		"This device has unsaved changes that an earlier run of acfix may have made: the machine that acfix ran on went " +
			"down during that run, and its journal may be incomplete.",
		"Compare the device with that run's backup. If the changes are wanted, plan with --save-unsaved; to undo them, " +
			"restart the device without saving.", sourcePractice},
	OtherContext: {Warning,
		"The Teams leg (%[1]s) is also served by TLS Context %[2]s; by your choice only TLS Context %[3]s is checked.",
		"Leave --tls-context out to have all of them repaired.", sourceManual},
	ReplacesStore: {Warning,
		"Removing roots replaces the trusted-root store of TLS Context %[1]s, which ends this context's live TLS " +
			"connections.",
		"Do it at a quiet hour. It must be confirmed with the device's serial number.", sourceManual},
	OtherSerial: {Warning,
		"The backup is of serial number %[1]q, the device has %[2]q, which was confirmed.",
		"After an HA switch-over the other unit answers. Make sure that it is the partner.", sourceManual},
	InterruptedRun: {Info,
		"An earlier run (%[1]s) did not finish on this device.",
		"acfix read its journal and the device; apply continues from there.", sourcePractice},
	SaveStateUnknown: {Problem,
		"The device does not report whether it has unsaved changes, so acfix cannot tell whether a save worked.",
		"Repair this device by hand (acfix roots export); the Save button of the web interface has a red frame while " +
			"changes are unsaved.", sourcePractice},
	StoreNotInFile: {Info,
		"The trusted roots of TLS Context %[1]s are not in the file, so it is unknown which of them are there.",
		"Look at them in the web interface before you import one, or give the store with --roots-file %[2]d=FILE.",
		sourceManual},
	UnsavedNotInFile: {Info,
		"A file does not say whether changes wait unsaved on the device.",
		"The Save button of the web interface has a red frame while changes are unsaved.", sourceManual},
	StatusNotInFile: {Info,
		"A file does not show the device's alarms, nor whether its HA pair is ready.",
		"Look at both in the web interface before and after the change.", sourceManual},
	FirmwareNotInFile: {Info,
		"The file does not say which firmware the device runs.",
		"Give the version that the web interface shows with --firmware, such as --firmware 7.40A.500.357.", sourceManual},
	FileMayBeAPart: {Warning,
		"The file may be a part of a configuration: %[1]s. What is not in it can't be judged, another user of the TLS " +
			"Context, say, or the Teams leg itself.",
		"Export the configuration again and plan from that; where this file is all there is, plan over the network " +
			"before anything is changed.", sourcePractice},
	CertificateNotInFile: {Info,
		"The SBC's own certificate of TLS Context %[1]s is not in the file, so it was not checked: whether Teams accepts " +
			"it is unknown.",
		"Check it with acfix cert check FILE, or plan from a configuration package or a backup, which may hold it. To " +
			"leave it out, plan with --no-cert-check.", sourcePractice},
	CrossSignedTwin: {Warning,
		"TLS Context %[1]s holds a cross-signed twin of %[2]q (same name, same key, other certificate %[3]s), which " +
			"is not the root.",
		"Nothing to do: the root itself is what counts. The twin may stay.", sourceTeams},
	SameNameOtherCertificate: {Warning,
		"TLS Context %[1]s holds a certificate named %[2]q that has another key (%[3]s).",
		"Find out where it came from; it is not the required root.", sourceTeams},
	ExpiredRoot: {Warning,
		"TLS Context %[1]s: %[2]q expired on %[3]s.",
		"It does no harm, but no connection can rely on it. Remove it when convenient.", sourceManual},
	UnreadableStore: {Warning,
		"TLS Context %[1]s: the trusted-root store can't be read in full (%[2]s).",
		"Check the context's trusted roots on the device; acfix changes and removes none of them.", sourcePractice},
	StoreNearlyFull: {Warning,
		"TLS Context %[1]s holds %[2]d trusted roots, %[3]d would be added, and this firmware has room for about " +
			"%[4]d.",
		"Remove roots that are not needed, then plan again.", sourceManual},
	WithdrawnFQDN: {Warning,
		"The Proxy address %[1]q of Proxy Set %[2]q was withdrawn by Microsoft in June 2022.",
		"Use sip.pstnhub.microsoft.com, sip2.pstnhub.microsoft.com and sip3.pstnhub.microsoft.com.", sourceTeams},
	UnlistedFQDN: {Info,
		"The Proxy address %[1]q of Proxy Set %[2]q is in Microsoft's zone but is not one of the published names; it " +
			"counts as Teams.",
		"Check that it is intended.", sourceTeams},
	TestEndpointInUse: {Info,
		"Proxy Set %[1]q has the test end point %[2]q among its addresses%[3]s.",
		"Take it out after testing: test end points answer only SIP OPTIONS, and calls sent there fail.", sourceTeams},
	FirmwareNewer: {Warning,
		"Firmware %[1]s is newer than the rule (%[2]s); acfix relies on no CA bundle and imports all required roots.",
		"Look for a newer acfix.", sourcePractice},
	FirmwareOtherLetters: {Info,
		"Firmware %[1]s belongs to line %[2]s, and AudioCodes lists bundled roots for line A only; no root counts as " +
			"bundled.",
		"Nothing to do: acfix imports the required roots that are missing, and extra ones do no harm.", sourceEGroup},
	FirmwareUnreadable: {Problem,
		"The firmware version %[1]s, so acfix cannot tell which roots are needed.",
		"Report the version if there is one. To import all required roots whatever the firmware brings, plan with " +
			"--all-roots.", sourcePractice},
	InsecureTLS: {Warning,
		"The device's management certificate was not checked (--insecure): this may not be the device, and its " +
			"password may have been read.",
		"Use --pin with the device's fingerprint, or --ca-file.", sourcePractice},
	OldTLS: {Warning,
		"TLS down to version %[1]s was allowed for the connection to this device (--tls-min); versions below 1.2 can " +
			"be broken.",
		"Update the firmware, or allow TLS 1.2 in TLS Context 0.", sourcePractice},
	LegacyCiphers: {Warning,
		"Old cipher suites were allowed for the connection to this device (--legacy-ciphers): anyone who records it " +
			"can read the password, at once if the suite is broken, else once the device's key is known.",
		"Update the firmware, or allow ECDHE suites in TLS Context 0; then leave it out.", sourcePractice},
	ClockOff: {Warning,
		"The device's clock (%[1]s) is more than a day off; the device uses it to judge whether certificates are " +
			"valid.",
		"Check its NTP settings.", sourcePractice},
	HANotReady: {Warning,
		"The device's high availability is %[1]q; a pair that synchronises refuses changes.",
		"apply waits for it as long as --retry-for allows.", sourceManual},
	NewAlarm: {Warning,
		"The device raised a new alarm during the run: %[1]q.",
		"Look at the alarm on the device.", sourceManual},
	AutomaticUpdate: {Warning,
		"Automatic Update is configured (%[1]s): a provisioning server may undo the change.",
		"Change the configuration at the provisioning server too.", sourceManual + ", Automatic Update Parameters"},
	TLS12NotAllowed: {Warning,
		"TLS Context %[1]s does not allow TLS 1.2 (TLSVersion %[2]s), which Teams needs.",
		"Allow TLS 1.2 in the TLS Context. acfix does not change this.", sourceTeams},
	CiphersExcludeTeams: {Warning,
		"TLS Context %[1]s: the %[2]s cipher string %[3]q allows none of the suites that Teams offers.",
		"Allow ECDHE-RSA-AES256-GCM-SHA384. acfix does not change this.", sourceTeams},
	StrictCertificate: {Warning,
		"TLS Context %[1]s checks key usage strictly (\"Strict Certificate Extension Validation\" is on): Teams' " +
			"newer certificates are for servers only, and the SBC may refuse them when Teams calls.",
		"If calls from Teams fail although the roots are present, switch it off. acfix does not change " +
			"this.", sourceManual},
	PeerNameVerification: {Info,
		"The names in certificates of SIP peers are verified (PeerHostNameVerificationMode is %[1]s): Teams' must be " +
			"an address of the Proxy Set, or TLSRemoteSubjectName.",
		"Check them if calls fail although the roots are present. acfix does not change this.", sourceManual},
	RootInDoubt: {Info,
		"TLS Context %[1]s: %[2]q counts as part of the bundle, but browsers dropped it in April 2026, and firmware " +
			"%[3]s was built after that: its bundle may lack it.",
		"Look for it in the web interface (Setup > IP Network > Security > Default CA Bundle), or plan with " +
			"--all-roots.", sourceBrowsers},
	SecretInTLSContexts: {Problem,
		"The table TLSContexts holds an obscured secret (row %[1]d); a row like that can't be written back safely.",
		"Switch \"Use default CA Bundle\" on by hand, then plan again.", sourcePractice},
	CertificateUnread: {Info,
		"TLS Context %[1]s: the SBC's own certificate was not checked, because acfix could not read it (%[2]s).",
		"Reading it needs the privilege level Administrator. To leave it out, plan with " +
			"--no-cert-check.", sourcePractice},
	CertificateNotValid: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s. Teams refuses the connection whatever roots are present.",
		"Renew the certificate of this TLS Context, and check the device's clock. acfix does not change " +
			"this.", sourceTeams},
	CertificateExpiresSoon: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s.",
		"Renew the certificate of this TLS Context in time. acfix does not change this.", sourceTeams},
	CertificateNoServerAuth: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s. Teams refuses the connection whatever roots are present.",
		"Have the certificate issued with the extended key usage \"server authentication\".", sourceTeams},
	CertificateOtherName: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s, as the SBC calls itself (\"Local Host Name\" of its " +
			"Teams IP Group).",
		"Have the certificate issued for that name, or correct the Local Host Name.", sourceTeams},
	CertificateSelfSigned: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s. Teams trusts public CAs only.",
		"Install a certificate of a CA in the Microsoft Trusted Root Program.", sourceTeams},
	CertificateWeakKey: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s.",
		"Have it issued for a new key, RSA with 2048 bits or more.", sourceTeams},
	CertificateWeakSignature: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s.",
		"Have it issued again by a CA that signs with SHA-256.", sourceTeams},
	CertificateChainIncomplete: {Warning,
		"TLS Context %[1]s: the issuer %[3]q of the SBC's own certificate %[2]q is not in the trusted-root store, so " +
			"the SBC may not send a whole chain.",
		"Import the intermediate certificate that came with the SBC's certificate into this TLS " +
			"Context.", sourceManual},
	SBCCertificateEC: {Warning,
		"TLS Context %[1]s, the SBC's own certificate: %[2]s.",
		"Have the certificate issued for an RSA key of 2048 bits or more. acfix does not change this.", sourceTeams},
	OddCertificate: {Info,
		"TLS Context %[1]s holds an unusual certificate, %[2]q (SHA-256 %[3]s): %[4]s.",
		"Nothing needs to be done for Teams. acfix keeps the certificate as it is, byte for byte.", sourceStandard},
	WaiverExpired: {Warning,
		"The waiver for %[1]q expired after %[2]s (owner: %[3]s; reason: %[4]s).",
		"Repair what was waived, or ask its owner to decide again and change the date in the " +
			"inventory.", sourcePractice},
}

// builtInNamesake is what SameNameOtherCertificate says of a root that a built-in policy requires: removing it would
// break what relies on it.
var builtInNamesake = findingText{Warning,
	"TLS Context %[1]s holds the root %[2]q that a built-in policy requires (%[3]s); the policy of this plan asks for " +
		"another root of that name.",
	"Leave it in place. Make sure that the policy means the other root, and not this one.", sourceTeams}

// accepted lowers a problem that the operator has accepted to a warning, which does not block.
func accepted(f Finding) Finding {
	if f.Level == Problem {
		f.Level = Warning
	}
	return f
}

func hasProblem(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Level == Problem })
}

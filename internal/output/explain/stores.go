package explain

import "github.com/acfix/acfix/remediate"

// stores are findings about the trusted roots of a TLS Context, and its bundle switch.
var stores = map[string]page{
	remediate.BundleNotVerifiable: {
		summary: "Roots count as present because the vendor says that the bundle brings them.",
		cause:   "The default CA bundle can't be read over REST, so nobody can see its roots from here.",
		acfix:   "Counted them as \"bundled\" by the rule for this firmware, and imports the others.",
		next: []string{
			"Nothing, if the vendor's word is enough.",
			"To rely on nothing but what can be seen: plan with --all-roots.",
			"To look for yourself: Setup > IP Network > Security > Default CA Bundle.",
		},
	},
	remediate.RootInDoubt: {
		summary: "The bundle of this build may lack a root that the rule counts as brought.",
		cause:   "Mozilla and Chrome dropped DigiCert Global Root CA in April 2026, and this firmware was built since. Where AudioCodes takes its bundle from is not known.",
		acfix:   "Counted the root as \"bundled\" all the same, as the vendor's note says.",
		next: []string{
			"Look for it in the web interface: Setup > IP Network > Security > Default CA Bundle.",
			"Or rely on nothing: plan with --all-roots.",
		},
	},
	remediate.BundleSwitchMissing: {
		summary: "This firmware has no \"Use default CA Bundle\".",
		cause:   "The field came with a later release; the device's own table shows whether it is there.",
		acfix:   "Planned to import all required roots instead.",
		next:    []string{"Apply. Consider an update to the current 7.4 LTS firmware; moving to 7.6 only for this is not needed."},
	},
	remediate.BundleSwitchUnreadable: {
		summary: "\"Use default CA Bundle\" is neither on nor off.",
		cause:   "The cell holds a value that acfix does not know.",
		acfix:   plansNothing,
		next:    []string{"Set the field to Enable or Disable on the device, then plan again."},
	},
	remediate.ContextAbove4: {
		summary: "This TLS Context can't use the default CA bundle.",
		cause:   "Only contexts 0 to 4 can.",
		acfix:   "Planned to import all required roots instead.",
		next:    []string{"Nothing now. When the TLS Context is rebuilt one day, give it an index from 1 to 4."},
	},
	remediate.CrossSignedTwin: {
		summary: "The store holds a cross-signed twin of a root, which is not the root.",
		cause:   "The same name and key were certified by another CA too. A root is told by its SHA-256 alone.",
		acfix:   "Did not count the twin as the root, and leaves it where it is.",
		next:    []string{"Nothing: the root itself is imported. The twin may stay."},
	},
	remediate.SameNameOtherCertificate: {
		summary: "A certificate has the name of a root and another key.",
		cause:   "A test certificate, or somebody made it to be mistaken for the root.",
		acfix:   "Did not count it as the root, and leaves it where it is.",
		next:    []string{"Find out where it came from, and remove it if nobody can say."},
	},
	remediate.ExpiredRoot: {
		summary: "The store holds a root that has expired.",
		cause:   "Its time is over; no connection can rely on it.",
		acfix:   noticesOnly,
		next:    []string{"Remove it when convenient."},
	},
	remediate.UnreadableStore: {
		summary: "The trusted-root store can't be read in full.",
		cause:   "It holds something that is no certificate, or one that can't be parsed.",
		acfix:   "Went by what it could read, and changes or removes nothing of the rest.",
		next:    []string{"Look at the TLS Context's trusted roots on the device."},
	},
	remediate.StoreNearlyFull: {
		summary: "The store may not have room for what is missing.",
		cause:   "The number of trusted roots comes near to what the firmware holds.",
		acfix:   "Planned as usual, but an apply writes nothing as long as there is not enough room.",
		next:    []string{"Remove roots that are not needed, then plan again."},
	},
	remediate.SecretInTLSContexts: {
		summary: "The table TLSContexts holds an obscured secret.",
		cause:   "A row of the table has a password in it, which the device shows obscured; such a row can't be written back safely.",
		acfix:   plansNothing,
		next:    []string{"Switch \"Use default CA Bundle\" on by hand, then plan again: acfix does the rest."},
	},
}

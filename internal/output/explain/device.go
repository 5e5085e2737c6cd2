package explain

import "github.com/acfix/acfix/remediate"

// device are findings about the device as a whole: firmware, saving, connection, restore.
var device = map[string]page{
	remediate.UnsavedChanges: {
		summary: "Somebody else's changes wait unsaved on the device.",
		cause:   "Another administrator, or a program, changed the running configuration and has not saved it. A save of acfix would save that too.",
		acfix:   plansNothing,
		next: []string{
			"Ask who made them, and have them saved or undone; then plan again.",
			"When they are wanted, save them along: --save-unsaved.",
		},
	},
	remediate.UnsavedOwn: {
		summary: "Changes of an earlier run of acfix wait unsaved.",
		cause:   "That run did not come to its end. Its journal shows that nothing but its own changes is there.",
		acfix:   "Planned what is missing and the save.",
		next:    []string{"Apply: it goes on from there."},
	},
	remediate.UnsavedMixed: {
		summary: "Unsaved changes of an earlier run wait, and more differs than acfix intended.",
		cause:   "After that run stopped somebody else changed the device, or the device lost something.",
		acfix:   plansNothing,
		next: []string{
			"Compare the device with the backup of that run (acfix backup list); the finding names what differs.",
			"Put it right, or restart the device without saving, which brings back what is in flash.",
			"When all of it is wanted: --save-unsaved.",
		},
	},
	remediate.InterruptedRun: {
		summary: "An earlier run did not finish on this device.",
		cause:   "It was stopped, or its machine went down.",
		acfix:   "Read that run's journal and the device, and planned what is missing.",
		next:    []string{"Apply: it goes on from there."},
	},
	remediate.SaveStateUnknown: {
		summary: "The device does not say whether unsaved changes wait.",
		cause:   "This firmware's status has no such field, or holds something that acfix does not know.",
		acfix:   plansNothing + " A save that can't be confirmed is never called done.",
		next: []string{
			"Repair this device by hand: acfix roots export writes the roots.",
			"Run acfix doctor TARGET --bundle FILE.zip and report what it says.",
		},
	},
	remediate.OtherSerial: {
		summary: "The backup is of another serial number, and that was confirmed.",
		cause:   "After an HA switch-over the other unit of the pair answers.",
		acfix:   "Went on with the restore, because --confirm-serial named this device.",
		next:    []string{"Make sure that it is the partner of the same pair."},
	},
	remediate.ReplacesStore: {
		summary: "Taking roots out replaces the whole store of the TLS Context.",
		cause:   "The device has no request that takes out a single root.",
		acfix:   "Planned it, and carries it out only when the device's serial number confirms it. The new store is a fresh reading less the planned roots.",
		next:    []string{"Do it in a quiet hour: the context's live TLS connections end."},
	},
	remediate.FirmwareNewer: {
		summary: "The firmware is newer than the rule.",
		cause:   "This acfix was made before it was known which roots the bundle of this firmware brings.",
		acfix:   "Relied on nothing and planned to import all required roots. Too many do no harm.",
		next:    []string{"Look for a newer acfix; acfix version shows the date of the rule."},
	},
	remediate.FirmwareOtherLetters: {
		summary: "The firmware is of a line that the rule does not speak of.",
		cause: "Its version has other letters than A, as 7.20CO.258.034 of the cloud marketplaces has. AudioCodes' list says " +
			"which roots the default CA bundle brings for versions with the letter A alone.",
		acfix: "Relied on nothing and planned to import all required roots. Too many do no harm.",
		next:  []string{"Nothing to do."},
	},
	remediate.FirmwareUnreadable: {
		summary: "The firmware version can't be read.",
		cause:   "The device writes its version in a form that acfix does not know.",
		acfix:   plansNothing + " With --all-roots it is planned, for then the firmware decides nothing.",
		next:    []string{"Report the version string.", "Until then import all required roots: --all-roots."},
	},
	remediate.InsecureTLS: {
		summary: "The device's management certificate was not checked.",
		cause:   "--insecure was given.",
		acfix:   "Went on and put it on record. Whoever answered may have read the password.",
		next:    []string{"Use --pin with the device's fingerprint, or --ca-file.", "Change the password if the network in between is not yours."},
	},
	remediate.OldTLS: {
		summary: "The connection to the device was allowed an old TLS version.",
		cause:   "--tls-min, or tls_min in the inventory, for old firmware.",
		acfix:   "Went on and put it on record.",
		next:    []string{"Update the firmware, or allow TLS 1.2 in TLS Context 0."},
	},
	remediate.LegacyCiphers: {
		summary: "Old cipher suites were allowed for the connection to the device.",
		cause:   "--legacy-ciphers, or legacy_ciphers in the inventory, for old firmware: key exchange by RSA alone, 3DES, RC4.",
		acfix:   "Said so on stderr, went on and put it on record. Better suites are still preferred where the device knows them.",
		next:    []string{"Update the firmware, or allow ECDHE suites in the cipher string of TLS Context 0.", "Leave it out then: a connection that was recorded can be read once the device's key is known."},
	},
	remediate.ClockOff: {
		summary: "The device's clock is more than a day off.",
		cause:   "No time server, or a wrong one.",
		acfix:   noticesOnly,
		next:    []string{"Check the NTP settings: with a wrong clock the device takes good certificates for expired ones."},
	},
	remediate.HANotReady: {
		summary: "The HA pair is not ready.",
		cause:   "The units synchronise, or one of them is down.",
		acfix:   "Planned as usual. An apply waits for the pair as long as --retry-for says, and writes nothing when it does not become ready.",
		next:    []string{"Look at the HA status on the device before you apply."},
	},
	remediate.NewAlarm: {
		summary: "The device raised a new alarm during the run.",
		cause:   "The alarm was not active before the first write. It need not have to do with the run.",
		acfix:   "Put it on record. At the recheck after --soak an alarm that is still active counts as a failure.",
		next:    []string{"Look at the alarm on the device, and whether calls go through.", "acfix restore BACKUP undoes the change."},
	},
}

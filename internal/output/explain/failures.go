package explain

import "github.com/acfix/acfix/remediate"

// failures are the codes of errors.
var failures = map[string]page{
	remediate.CodeUnreachable: {
		summary: "No connection to the device, or no TLS on it.",
		cause:   "Nothing answers at the address and port, a firewall or a proxy stands between, the name does not resolve, or TLS fails: the two sides have no TLS version or cipher suite in common (firmware before 7.2 may know TLS 1.0 alone), the device demands a client certificate, or its own certificate can't be read.",
		acfix:   "Tried a device that had answered before again for as long as --retry-for says; at first contact it does so only where a connection was closed during TLS without a reason, or a proxy failed (502, 503, 504), and no login was sent that is not proven. A refusal of TLS, or no connection at first contact, ends at once. While planning nothing is ever written. In an apply the result lists what is on the device already; nothing of it was saved, and a write whose answer was lost is called unknown, not done.",
		next: []string{
			"Open the device's web interface from the same machine: same address, same port.",
			"For old firmware allow old TLS to this device: --tls-min 1.0, or tls_min in the inventory; where the message speaks of cipher suites, --legacy-ciphers, or legacy_ciphers.",
			"Where the device demands a client certificate, give one that it trusts: --client-cert and --client-key, or client_cert and client_key in the inventory.",
			"For a device behind a jump host name the proxy: --proxy, or proxy in the inventory. Where the message names a proxy, it is the proxy that refuses or can't be reached; one that asks for a login gets it from proxy_username and proxy_password_env in the inventory.",
			"Then run the same command again: it reads first and does only what is missing.",
		},
	},
	remediate.CodeUntrusted: {
		summary: "The device's management certificate is not trusted.",
		cause:   "The certificate is signed by no CA that is known here, is not for this name, has an RSA key below 1024 bits, or is not the one that was pinned. With a pin that used to fit: the certificate was renewed, the HA partner answers, or something stands between acfix and the device.",
		acfix:   "Ended the connection before user name and password were sent. Nothing was read or written.",
		next: []string{
			"Compare the fingerprint in the message with the device's own: Setup > IP Network > TLS Contexts > Certificate Information.",
			"If they are the same, pin it: --pin FINGERPRINT, or pin in the inventory. If they differ, find out who answered.",
			"Where a CA of your own signs the certificates, name it with --ca-file.",
		},
	},
	remediate.CodeUnauthorized: {
		summary: "The device refused user name and password.",
		cause: "The password is wrong or expired; or the account is new and has not changed its first password in the web interface; or it is an Administrator or Monitor account that " +
			"nobody used for 90 days, which devices take for inactive without a word; or the user or this machine's address is blocked after failed logins. " +
			"Where the message speaks of a proxy or single sign-on, something before the device asks for a login of its own. " +
			"A device that was not started says the same when two others refused the same credential.",
		acfix: "Sent a refused password once and not again: three failures block the account or the address. After two refusals no further device of the run was tried with it. Nothing was written after the refusal.",
		next: []string{
			"Log in to the device's web interface with the same account; a new account is asked there for a new password.",
			"Use a dedicated account with the privilege level Security Administrator: it does not go inactive.",
			"Where single sign-on or a proxy stands before the device, use an address that leads to the device itself.",
			"After several tries from elsewhere wait until the block is over, a minute by default.",
			"Check where the password comes from: flag, the inventory's own source, ACFIX_PASSWORD, prompt; the first found wins.",
		},
	},
	remediate.CodeNoPassword: {
		summary: "The password_command of the inventory failed.",
		cause: "The program is missing, failed, printed nothing or took too long; what it said on stderr stands in the log of the run. " +
			"Or it printed more than the password alone: notes below it, a byte order mark, UTF-16, control characters.",
		acfix: "Sent nothing to the device. The command ran once, however many devices use it; all of them end so, and count as devices that could not be read.",
		next: []string{
			"Run the command by hand, in the inventory's folder and as the same user: it must end with 0 and print the password alone.",
			"Where it prints notes below the password, take the first line: password_command: [sh, -c, \"pass show NAME | head -n 1\"].",
			"Then run the same command again, or go on with --resume RUN.",
		},
	},
	remediate.CodeForbidden: {
		summary: "The account may log in, but not do this.",
		cause:   "Its privilege level is too low. Reading needs Administrator, writing Security Administrator.",
		acfix:   "Stopped at the refused request. Reading changes nothing; if it was a write, nothing was saved, and the result lists what is on the device already.",
		next: []string{
			"Give the account the level Security Administrator, or use one that has it.",
			"Plan again.",
		},
	},
	remediate.CodeUnsupported: {
		summary: "The device does not have this part of the REST interface.",
		cause:   "The address is not an AudioCodes device, its firmware is too old for the REST interface, or a request that acfix needs is missing there. Status 405 also comes where the account's privilege level is too low.",
		acfix:   "Read as far as it could and wrote nothing that it could not read back.",
		next: []string{
			"With status 405 give the account the level Security Administrator (reading: Administrator).",
			"Check that the address is the SBC itself and not a management system or a gateway in front of it.",
			"Run acfix doctor TARGET: it says which of acfix's assumptions hold on this device.",
			"Without REST import the roots by hand: acfix roots export writes them.",
		},
	},
	remediate.CodeBusy: {
		summary: "The device refuses changes at the moment.",
		cause:   "An HA pair synchronises or one of its units is down, somebody else loads a configuration, or the device, or what stands before it, has too much to do or limits how often it is asked (429, 503).",
		acfix:   "Tried again for as long as --retry-for says, after the time that the answer asks for (Retry-After), else after growing pauses. Where more is asked for than is left of --retry-for, it stopped at once; the message says how much. A write was repeated only where a reading showed that it had not happened. Nothing was saved.",
		next: []string{
			"Look at the HA status and the active alarms.",
			"Run the same command again in some minutes, or wait longer with --retry-for 10m.",
		},
	},
	remediate.CodeRejected: {
		summary: "The device understood the request and said no; or acfix did.",
		cause:   "The device's own words are in the message. Without any: two addresses of the run lead to the same device (one serial number or one MAC address), or the trusted-root store has no room for what is missing.",
		acfix:   "Did not repeat the request and did not save. If changes were on the device already, the result lists them.",
		next: []string{
			"Read the device's words, and its activity log.",
			"For the same device twice: leave one of the two addresses out. For a full store: remove roots that nobody needs.",
			"Plan again: only what is still missing is planned.",
		},
	},
	remediate.CodeBadAnswer: {
		summary: "The answer is not what the device's documents say.",
		cause:   "A login page, a proxy or a web application firewall answered instead of the device (a 403 with a web page is no privilege level: devices refuse in JSON), the configuration was cut or can't be read, or something happened on acfix's own side that has no code of its own.",
		acfix:   "Did not believe the answer and decided nothing from it. Where a device that was read well before said that it failed (500, 502, 504), or sent a part of an answer, acfix read again for as long as --retry-for says; a write is never sent again for that. An incomplete configuration is never taken for an empty one. Nothing was saved.",
		next: []string{
			"Check that nothing stands between acfix and the device, or have it let /api/v1 through.",
			"Run acfix doctor TARGET --bundle FILE.zip: it names the assumption that does not hold, and the archive, with names and secrets replaced, can go into a report.",
			"Run again with --log-level debug and keep what it says.",
			"Where a backup ended so and names a directory, the configuration is kept there as the device sent it, but was not judged: copy it, and do not rely on it alone.",
		},
	},
	remediate.CodeTimeout: {
		summary: "The device took longer than it was given.",
		cause:   "The device is overloaded, the line is slow, or a request hangs.",
		acfix:   "Read again for a while, to see what became of a write that got no answer. What can't be seen is called unknown, never \"not done\". Nothing was saved after it.",
		next: []string{
			"Do not save on the device by hand while the result says unknown.",
			"Run the same command again: it reads the device and goes on only if nothing but its own changes is there.",
			"Give slow devices more time: --timeout 3m.",
		},
	},
	remediate.CodeNotVerified: {
		summary: "Reading the device back did not show what should be there.",
		cause:   "The device accepted a change and does not show it; or it changed what it was not asked to; or at the recheck after a wave the change is gone or a new alarm is active. The message says which.",
		acfix:   "Did not save what it had not seen. A TLSContexts table that lost or changed other cells was put back as it was, where that was possible (status rolled_back); the message says when it was not. Trust that was added stays on the device, in RAM and unsaved, and the result lists it.",
		next: []string{
			"Read message and hint of this device before anything else; when they say not to save and not to run apply again, don't.",
			"Compare the device with the backup that the result names. A restart without saving brings back what is in flash.",
			"After a failed recheck look at restarts, HA switch-overs, Automatic Update and active alarms; acfix restore BACKUP undoes the change.",
		},
	},
	remediate.CodeDrift: {
		summary: "The device is not as the plan was made from.",
		cause:   "Another administrator or the device itself changed the configuration, a store or a certificate: between plan and apply, or during the run. Or another unit of an HA pair answers, the device restarted during the run, or the plan was made by another rule or root set than this acfix has.",
		acfix:   "Wrote nothing (status stale, or a plan file that is refused), or stopped in the middle (status failed): the result lists what is left on the device, after a last reading where that was possible. Nothing is written to another unit than the one whose backup was taken, the write that was on its way at a switch-over aside. \"Saved together with ours\" means: the change named there came in the moment of the save, so it is in flash although acfix did not mean it to be. A saved plan is not used up by a refusal, and the plan's other devices were carried out.",
		next: []string{
			"Plan again and look at what is different.",
			"Find out who else works on the device before applying.",
			"Where something was saved together with ours: have its author check it, for nothing else tells them.",
		},
	},
	remediate.CodePlanUsed: {
		summary: "The saved plan was carried out on this device before.",
		cause:   "A plan works once per device, also when it failed there. With a store that several machines have (--store), it works once among all of them.",
		acfix:   "Wrote nothing to this device.",
		next:    []string{"Plan again: only what is still missing is planned."},
	},
	remediate.CodePlanExpired: {
		summary: "The saved plan is too old, or its date can't be true.",
		cause:   "The plan is older than --max-age allows (7 days by default), or it comes from the future: a clock is wrong.",
		acfix:   "Wrote nothing to this device.",
		next:    []string{"Plan again.", "If the old plan is really meant: --max-age 240h.", "Check the clocks of both machines."},
	},
	remediate.CodeBackupFailed: {
		summary: "Backup, journal or record could not be made or read.",
		cause:   "The disk is full, the folder or a file in it belongs to another user, or the store does not answer. Or the device does not give a file that a whole backup must hold: an answer such as 403 or 405 leaves open what roots a TLS Context has.",
		acfix:   "Wrote nothing without a backup and a journal. If it happened in the middle, no further write was sent, what is on the device is listed, and nothing was saved.",
		next: []string{
			"Check space, owner and mode of the state directory and of --backup-dir, and the store of --store; XDG_STATE_HOME puts the state directory elsewhere.",
			"Where the device refused a file: give the account the privilege level Administrator or above.",
			"Run the same command again, or go on with --resume RUN.",
		},
	},
	remediate.CodeBackupDamaged: {
		summary: "A backup is not as it was written.",
		cause:   "A file of it is missing, was changed or was cut, or it was written by a newer acfix.",
		acfix:   "Used nothing of it and sent nothing.",
		next: []string{
			"acfix backup verify BACKUP names the files.",
			"Take another copy of the backup, or another backup of the device: acfix backup list.",
		},
	},
	remediate.CodeOtherDevice: {
		summary: "This is not the device that the backup is of.",
		cause:   "The serial number differs: the address was given to another device, the device was exchanged, or the other unit of an HA pair is active.",
		acfix:   "Wrote nothing.",
		next: []string{
			"Compare the serial number in the message with your list of devices.",
			"If it is the other unit of the same HA pair, confirm the serial number that it has now: --confirm-serial N.",
		},
	},
	remediate.CodeLocked: {
		summary: "Another run has this device.",
		cause:   "Another acfix works on the device, on this machine or, with a shared store, on another; or it took the device over because this one was silent for too long.",
		acfix:   "Waited as long as --lock-timeout says, and sent no further write. Two runs never write to one device at the same time.",
		next: []string{
			"acfix history --state running shows what is going on.",
			"Wait for that run; its result counts. Then run again.",
		},
	},
	remediate.CodeInterrupted: {
		summary: "The run was asked to stop, or ended without a result of this device.",
		cause:   "Ctrl-C, a signal, a stopped service, or a machine that went down.",
		acfix:   "At the first signal the step in hand was finished and verified; nothing further was begun. What is on the device is in the journal and in the result, unsaved.",
		next: []string{
			"Do not save on the device by hand.",
			"Run the same command again, or go on with --resume RUN: the journal and the device are read first.",
		},
	},
	remediate.CodeDeclined: {
		summary: "Nobody agreed to it.",
		cause:   "The question was not answered with yes, or a restore that replaces a store was not confirmed by the serial number.",
		acfix:   "Wrote nothing.",
		next:    []string{"Run it again and answer yes, or give --yes (restore: --confirm-serial N)."},
	},
	"failure_budget": {
		summary: "Not started: too many devices of the run failed.",
		cause:   "More devices than --max-failures failed after they were written to, or more than --max-unreachable could not be read.",
		acfix:   "Started no further device and finished those in hand. Nothing was sent to this one.",
		next: []string{
			"Look at the failures first: acfix report RUN.",
			"Mend the cause, then go on with --resume RUN: devices that are done are not touched again.",
		},
	},
	"window_closed": {
		summary: "Not started: the change window is closed.",
		cause:   "The time of --window, or of the job's window, was over, or had not begun, when it was this device's turn.",
		acfix:   "Started no device outside the window and finished those that had been started in it. Nothing was sent to this one.",
		next:    []string{"Go on with --resume RUN when the window is open, which the message says in the window's own zone, or let the job do it."},
	},
}

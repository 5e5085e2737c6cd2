package remediate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
	"github.com/acfix/acfix/internal/localfault"
)

// Failure is an error in the form that operators and programs read.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
	// ForeignLogin: something asked for a login that is not the device's, and so did not check the password; that
	// does not count as a refusal.
	ForeignLogin bool `json:"foreign_login,omitempty"`
}

// Codes of failures. They are part of the documented JSON.
const (
	CodeUnreachable   = "unreachable"
	CodeUntrusted     = "tls_untrusted"
	CodeUnauthorized  = "unauthorized"
	CodeNoPassword    = "no_password" // the inventory's password command failed
	CodeForbidden     = "forbidden"
	CodeUnsupported   = "unsupported"
	CodeBusy          = "busy"
	CodeRejected      = "rejected"
	CodeBadAnswer     = "bad_answer"
	CodeTimeout       = "timeout"
	CodeNotVerified   = "not_verified"
	CodeDrift         = "drift"
	CodePlanUsed      = "plan_used"
	CodePlanExpired   = "plan_expired"
	CodeBackupFailed  = "backup_failed"
	CodeBackupDamaged = "backup_damaged"
	CodeOtherDevice   = "other_device"
	CodeLocked        = "locked"
	CodeLocalFault    = "local_fault" // of this machine: it meets every device
	CodeInterrupted   = "interrupted"
	CodeDeclined      = "declined"
)

// Errors of Apply itself; tell them apart with errors.Is.
var (
	// ErrNotVerified: the device accepted the change, but reading back does not show it.
	ErrNotVerified = errors.New("the device does not show the change")
	// ErrUnknown: no answer to a write arrived and the change does not show; it may still happen.
	ErrUnknown = errors.New("whether the change happened is unknown")
	// ErrDamaged: the device lost or changed what it was not asked to, and that was not repaired.
	ErrDamaged = errors.New("the device changed what it was not asked to")
	// ErrPutBack: it did, and acfix put everything back as it was.
	ErrPutBack = errors.New("the device changed what it was not asked to, and was put back")
	// ErrDrift: the device is not as it was when the plan was made.
	ErrDrift = errors.New("the device changed since the plan was made")
	// ErrBackup: the backup could not be made; nothing was written.
	ErrBackup = errors.New("the backup could not be made")
	// ErrIncomplete: the device does not give a file that the backup must hold; nothing was written.
	ErrIncomplete = errors.New("the backup would not be whole")
	// ErrJournal: the journal could not be written; no further write was sent.
	ErrJournal = errors.New("the journal could not be written")
	// ErrFenced: the journal refuses this run's records, for another worker has taken the device over; no further
	// write was sent. A Journal returns it.
	ErrFenced = errors.New("another worker has taken the device over")
	// ErrUsed: the saved plan was carried out on this device before.
	ErrUsed = errors.New("the plan was already carried out on this device")
	// ErrExpired: the saved plan is too old to be carried out.
	ErrExpired = errors.New("the plan is too old")
	// ErrNoRoom: the store has too little room for the imports; nothing was written.
	ErrNoRoom = errors.New("the trusted-root store is nearly full")
	// ErrNotReady: the device's HA pair did not become ready in time; nothing was written.
	ErrNotReady = errors.New("the HA pair is not ready")
	// ErrOtherDevice: the backup is of another device.
	ErrOtherDevice = errors.New("this is not the device of the backup")
	// ErrSameDevice: another address of the same run led to this device already.
	ErrSameDevice = errors.New("two addresses of this run lead to the same device")
	// ErrUnconfirmed: replacing a store needs the serial number as confirmation.
	ErrUnconfirmed = errors.New("replacing a store was not confirmed by the device's serial number")
	// ErrNotKept: a device that was changed and verified is no longer as the run left it when it is read again later.
	ErrNotKept = errors.New("the device is not as the run left it")
	// ErrNewAlarm: an alarm is active that was not active before the run.
	ErrNewAlarm = errors.New("a new alarm is active")
	// ErrInterrupted: the operator asked to stop.
	ErrInterrupted = errors.New("stopped on request")
)

// failureTexts maps errors to codes and hints. The first kind in the error's chain decides; if it has no code, the
// next kind's code counts.
var failureTexts = []struct {
	kind error
	code string
	hint string
}{
	{ErrInterrupted, CodeInterrupted, "Run the same command again: it reads the device and continues from there."},
	{context.Canceled, CodeInterrupted, "Run the same command again: it reads the device and continues from there."},
	{ErrPutBack, CodeNotVerified, "Nothing is left to do on the device. Do not run apply again as it is: switch " +
		"\"Use default CA Bundle\" on by hand (Setup > IP Network > TLS Contexts) and save it there; apply then does " +
		"the rest."},
	{ErrDamaged, CodeNotVerified, "Do NOT save on the device and do NOT run apply again. Compare it with the backup " +
		"and put right what is named above; a restart of the device without saving brings back what is in flash. A " +
		"change that another administrator made at that moment is not damage: ask before you undo it."},
	{ErrUnknown, "", "Do not save on the device by hand. Run the same command again: it reads the device, and " +
		"continues only if nothing but its own changes is there."},
	{errPlannedOther, "", "An HA switch-over has brought the other unit up, or another device has this address now. " +
		"Check which serial number is right and plan again: the unit that answers may lack other roots."},
	{errSwitchedOver, "", "Find out why another unit answers (most likely an HA switch-over during the run), then " +
		"plan again for that unit."},
	{ErrDrift, CodeDrift, "Someone or something else changed the device. Plan again and check what is different."},
	{ErrNotKept, CodeNotVerified, "Check whether the device restarted, failed over or was provisioned again " +
		"(Automatic Update), and who else works on it; then plan again."},
	{ErrNewAlarm, CodeNotVerified, "Look at the device's active alarms and whether calls go through. acfix restore " +
		"with the backup named here undoes the change."},
	{ErrOtherDevice, CodeOtherDevice, "Nothing was written. If this is the other unit of the same HA pair, name the " +
		"serial number that the device has now with --confirm-serial."},
	{ErrSameDevice, CodeRejected, "Nothing was written through this address. Name each device once: check which of " +
		"the two addresses is right."},
	{ErrUnconfirmed, CodeDeclined, "Nothing was written. Replacing a store ends live TLS connections: type the " +
		"device's serial number when asked, or give it with --confirm-serial."},
	{ErrUsed, CodePlanUsed, "A plan works once per device, also when it failed. Plan again: only what is still " +
		"missing is planned."},
	{ErrExpired, CodePlanExpired, "Plan again, or allow older plans with --max-age."},
	{ErrNoRoom, CodeRejected, "Nothing was written. Remove roots that are not needed, then plan again."},
	{ErrNotReady, CodeBusy, "Nothing was written. Try again when both units are up, or wait longer with --retry-for."},
	{ErrFenced, CodeLocked, "No further write was sent from here. The worker that took the device over reads it and " +
		"continues from there: its result counts."},
	{localfault.Err, CodeLocalFault, ""}, // any of the kinds of localfault, with its own hint
	{ErrJournal, CodeBackupFailed, "Check space and rights of acfix's state directory; without a journal no further " +
		"write is sent."},
	{ErrIncomplete, CodeBackupFailed, "Nothing was written to the device. The account needs the privilege level " +
		"Administrator to read these files; a TLS Context whose files can't be read has to be repaired or deleted " +
		"first."},
	{ErrBackup, CodeBackupFailed, "Nothing was written to the device. Check space and rights below the backup " +
		"directory, or give another with --backup-dir."},
	{ErrNotVerified, CodeNotVerified, "Nothing that is not verified is saved. Look at the device, then run the same " +
		"command again: it reads first and does only what is missing."},
	{audiocodes.ErrNotPinned, CodeUntrusted, "The pinned certificate was renewed, the HA partner answers, or " +
		"something intercepts the connection. Compare the fingerprint with the device's certificate (Setup > IP " +
		"Network > TLS Contexts > Certificate Information), and change the pin only if they are the same."},
	{audiocodes.ErrWeakKey, CodeUntrusted, "Give the device a key of 2048 bits (Setup > IP Network > TLS Contexts > " +
		"Change Certificate). Until then acfix can identify it only by its fingerprint: compare it with the device's " +
		"certificate."},
	{audiocodes.ErrUntrusted, CodeUntrusted, "Compare the fingerprint with the device's certificate (Setup > IP " +
		"Network > TLS Contexts > Certificate Information) and give it with --pin, or name the CA with --ca-file."},
	{audiocodes.ErrOldTLS, CodeUnreachable, "Old firmware may know only old TLS: allow it for this device with " +
		"--tls-min 1.0 (tls_min in the inventory); that is put on record. Better: allow TLS 1.2 in TLS Context 0."},
	{audiocodes.ErrOldCiphers, CodeUnreachable, "Old firmware may know only old cipher suites: allow them for this " +
		"device with --legacy-ciphers (legacy_ciphers in the inventory), and if that does not do it, --tls-min 1.0 " +
		"too; both are put on record. Better: allow ECDHE suites in TLS Context 0."},
	{audiocodes.ErrClientCertificate, CodeUnreachable, "Give a client certificate that the device trusts with " +
		"--client-cert and --client-key (client_cert and client_key in the inventory). The device asks for one where " +
		"HTTPSRequireClientCertificate is on."},
	{audiocodes.ErrClientRefused, CodeUnreachable, "Check that the certificate given with --client-cert is valid, " +
		"allows client authentication, and comes from a CA among the trusted roots of the device's TLS Context 0; " +
		"its intermediates belong into the same file."},
	{audiocodes.ErrLateCertificate, CodeUnreachable, "Let the device ask for the client certificate in the handshake " +
		"itself, or leave TLS 1.3 out in TLS Context 0."},
	{audiocodes.ErrNoTLS, CodeUnreachable, "Check the port, and that HTTPS is on there: something that is not TLS " +
		"answers, such as plain HTTP or SSH."},
	{audiocodes.ErrUnreadCertificate, CodeUnreachable, "The certificate breaks the rules that TLS libraries hold " +
		"certificates to, so not even a pin helps: give TLS Context 0 of the device a new certificate."},
	{audiocodes.ErrHandshake, CodeUnreachable, "The message says what TLS can't agree on. Check that this is the " +
		"device itself, and look at the TLS versions and cipher strings of its TLS Context 0: acfix knows TLS 1.0 to " +
		"1.3, and key exchange by ECDHE and RSA, not by DHE."},
	{audiocodes.ErrHungUp, CodeUnreachable, "Something at this address accepts connections but does not answer in " +
		"TLS: check whether the device is restarting, and whether an access list or firewall is in between. Old " +
		"firmware may do so instead of saying what it lacks: try --tls-min 1.0 and --legacy-ciphers."},
	{audiocodes.ErrSignOn, CodeUnauthorized, "Use an address of the device itself, with no single sign-on or proxy " +
		"in front of it, or have that let its REST interface through. acfix logs in by Basic or Digest, as devices " +
		"ask for; it does not try the password a second time."},
	{audiocodes.ErrUnauthorized, CodeUnauthorized, "Check user name and password. Other causes: a new account that " +
		"has not changed its first password in the web interface, an Administrator or Monitor account that was not " +
		"used for 90 days, a blocked user or address. acfix does not try a refused password twice: after three " +
		"failures the device blocks the user for a minute or more."},
	{audiocodes.ErrForbidden, CodeForbidden, "The account needs the privilege level Security Administrator (reading: " +
		"Administrator)."},
	{audiocodes.ErrPerhapsLevel, CodeUnsupported, "Devices answer 405 also where the account's privilege level is " +
		"too low: writing needs Security Administrator, reading Administrator. Else check that the address is an " +
		"AudioCodes device and that its firmware has the REST interface."},
	{audiocodes.ErrUnsupported, CodeUnsupported, "Check that the address is an AudioCodes device and that its " +
		"firmware has the REST interface."},
	{audiocodes.ErrBusy, CodeBusy, "Try again in some minutes; an HA pair refuses changes while it synchronises. " +
		"--retry-for waits longer."},
	{audiocodes.ErrRejected, CodeRejected, "The device refused the request; nothing was saved. Its own words are in " +
		"the message."},
	{audiocodes.ErrFirewall, CodeBadAnswer, "Devices refuse in JSON, so this is not about the account's privilege " +
		"level. Have the firewall or proxy let the device's REST interface (/api/v1) through for this machine, or " +
		"reach the device by another way."},
	{ErrUnjudged, CodeBadAnswer, "Nothing is wrong with the files that are kept: they are what the device sent. But " +
		"acfix can't say whether that is whole, and no restore takes it. Check the place that the message names, " +
		"save a copy through the web interface too (Setup > Administration > Maintenance > Configuration File), and " +
		"run \"acfix doctor TARGET --bundle FILE.zip\" for a report."},
	{audiocodes.ErrTooLarge, CodeBadAnswer, "acfix reads at most 32 MiB of a configuration (INI file), 8 MiB of a " +
		"trusted-root store and 1 MiB of other answers, far more than any device is known to have; there is no flag " +
		"for more. Check that the address is the device itself. If it is, save its configuration through the web " +
		"interface (Setup > Administration > Maintenance > Configuration File) and report its size."},
	{audiocodes.ErrBadAnswer, CodeBadAnswer, "Check that the address is the device itself and not a proxy or login " +
		"page, then try again."},
	{audiocodes.ErrTimeout, CodeTimeout, "Give the device more time with --timeout, or try again when it has less to " +
		"do."},
	{audiocodes.ErrProxyLogin, CodeUnreachable, "Give the login to the proxy in the inventory: proxy_username and " +
		"proxy_password_env. acfix knows Basic for HTTP proxies, and user and password for SOCKS; it does not try a " +
		"refused one twice."},
	{audiocodes.ErrProxy, CodeUnreachable, "Check the proxy given with --proxy, or as proxy in the inventory: its " +
		"address, and whether it may and can reach the device."},
	{audiocodes.ErrUnreachable, CodeUnreachable, "Check address, port and route, and that the device's web interface " +
		"answers there."},
	{ini.ErrBadTable, CodeBadAnswer, "The configuration can't be relied on. Report the table named above."},
}

// fileHint is the hint for files of this machine, such as a journal, if no other kind of error says more.
const fileHint = "This is about a file of this machine, not about the device. " +
	"Check the owner and the mode of the file and its directory: the user that runs acfix must be able " +
	"to read and write them. XDG_STATE_HOME puts acfix's own files elsewhere."

func isKind(err, kind error) bool {
	return errors.Is(err, kind) || kind == localfault.Err && localfault.Is(err)
}

// Fail turns an error into the Failure that documents hold; nil stays nil.
func Fail(err error) *Failure {
	if err == nil {
		return nil
	}
	failure := &Failure{Code: CodeBadAnswer, Message: err.Error(), ForeignLogin: audiocodes.AskedForeign(err)}
	for _, text := range failureTexts {
		if !isKind(err, text.kind) {
			continue
		}
		if failure.Hint == "" {
			failure.Hint = cmp.Or(text.hint, localfault.Hint(err))
		}
		if text.code != "" {
			failure.Code = text.code
			break
		}
	}
	var file *fs.PathError
	if failure.Hint == "" && errors.As(err, &file) {
		failure.Code, failure.Hint = CodeBackupFailed, fileHint
	}
	if failure.Hint == "" {
		failure.Hint = "Run again with --log-level debug and report what it says."
	}
	var device *audiocodes.Error
	if errors.As(err, &device) && device.Fingerprint != "" {
		failure.Message += fmt.Sprintf(" (presented: %s)", device.Fingerprint)
		failure.Hint += " To pin it: --pin " + device.Fingerprint
	}
	return failure
}

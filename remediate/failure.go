package remediate

import (
	"context"
	"errors"
	"fmt"

	"github.com/acfix/acfix/audiocodes"
	"github.com/acfix/acfix/audiocodes/ini"
)

// Failure is an error as an operator and a program read it.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Codes of failures. They are part of the documented JSON.
const (
	CodeUnreachable  = "unreachable"
	CodeUntrusted    = "tls_untrusted"
	CodeUnauthorized = "unauthorized"
	CodeForbidden    = "forbidden"
	CodeUnsupported  = "unsupported"
	CodeBusy         = "busy"
	CodeRejected     = "rejected"
	CodeBadAnswer    = "bad_answer"
	CodeTimeout      = "timeout"
	CodeNotVerified  = "not_verified"
	CodeDrift        = "drift"
	CodeBackupFailed = "backup_failed"
	CodeInterrupted  = "interrupted"
	CodeDeclined     = "declined"
)

// Errors of Apply's own, to be told apart with errors.Is.
var (
	// ErrNotVerified: the device accepted, but reading it back does not show the change.
	ErrNotVerified = errors.New("the device does not show the change")
	// ErrUnknown: the answer to a write never came and the change does not show; it may
	// still happen.
	ErrUnknown = errors.New("whether the change happened is unknown")
	// ErrDrift: the device is not as the plan was made from; nothing was written.
	ErrDrift = errors.New("the device changed since the plan was made")
	// ErrBackup: the backup could not be made; nothing was written.
	ErrBackup = errors.New("the backup could not be made")
	// ErrInterrupted: the operator asked to stop.
	ErrInterrupted = errors.New("stopped on request")
)

// failureTexts maps errors to codes and to what a person does next. The first kind that
// is in the error's chain decides.
var failureTexts = []struct {
	kind error
	code string
	hint string
}{
	{ErrInterrupted, CodeInterrupted, "Run the same command again: it reads the device and goes on from there."},
	{context.Canceled, CodeInterrupted, "Run the same command again: it reads the device and goes on from there."},
	{ErrDrift, CodeDrift, "Somebody or something else changed the device. Plan again and look at what is different."},
	{ErrBackup, CodeBackupFailed, "Nothing was written to the device. Check space and rights below the backup directory, or give another with --backup-dir."},
	{ErrNotVerified, CodeNotVerified, "Nothing that is not verified is saved. Look at the device, then run apply again: it reads first and does only what is missing."},
	{audiocodes.ErrUntrusted, CodeUntrusted, "Compare the fingerprint with the device's certificate (Setup > IP Network > TLS Contexts > Certificate Information) and give it with --pin, or name the CA with --ca-file."},
	{audiocodes.ErrUnauthorized, CodeUnauthorized, "Check user name and password. acfix does not try a refused password twice: after three failures the device blocks the user for a minute or more."},
	{audiocodes.ErrForbidden, CodeForbidden, "The account needs the privilege level Security Administrator (reading: Administrator)."},
	{audiocodes.ErrUnsupported, CodeUnsupported, "Check that the address is an AudioCodes device and that its firmware has the REST interface."},
	{audiocodes.ErrBusy, CodeBusy, "Try again in some minutes; an HA pair refuses changes while it synchronises. --retry-for waits longer."},
	{audiocodes.ErrRejected, CodeRejected, "The device refused the request; nothing was saved. Its own words are in the message."},
	{audiocodes.ErrBadAnswer, CodeBadAnswer, "Check that the address is the device itself and not a proxy or login page, then try again."},
	{audiocodes.ErrTimeout, CodeTimeout, "Give the device more time with --timeout, or try again when it has less to do."},
	{audiocodes.ErrUnreachable, CodeUnreachable, "Check address, port and route, and that the device's web interface answers there."},
	{ini.ErrBadTable, CodeBadAnswer, "The configuration can't be relied on. Report the table named above."},
}

// Fail turns an error into what documents hold.
func Fail(err error) *Failure {
	if err == nil {
		return nil
	}
	failure := &Failure{Code: CodeBadAnswer, Message: err.Error(), Hint: "Run again with --log-level debug and report what it says."}
	for _, text := range failureTexts {
		if errors.Is(err, text.kind) {
			failure.Code, failure.Hint = text.code, text.hint
			break
		}
	}
	var device *audiocodes.Error
	if errors.As(err, &device) && device.Fingerprint != "" {
		failure.Message += fmt.Sprintf(" (presented: %s)", device.Fingerprint)
		failure.Hint += " To pin it: --pin " + device.Fingerprint
	}
	return failure
}

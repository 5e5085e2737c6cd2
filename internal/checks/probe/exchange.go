package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/emiago/sipgo/sip"
)

// exchange sends the requested number of OPTIONS over one connection. At least one must be answered.
func (o Prober) exchange(
	ctx context.Context, endpoint Endpoint, s *shake, result *AddressResult, found *[]Remark,
) *ProbeFailure {
	e := exchange{options: o, dialog: o.dialog(endpoint), shaken: s, answers: newAnswers(s)}
	failed := e.run(ctx, max(1, o.Tries))
	result.SIP = e.sum()
	if e.rejected != nil {
		result.TLS.OK = false
		return e.rejected
	}
	if len(e.times) == 0 {
		return failed
	}
	o.lookAtAnswers(result, failed, found)
	if s.asked && o.Certificate == nil {
		note(found, finding(NoClientCertificate,
			"the far end asked for a client certificate, but answered without one"))
	}
	return nil
}

func (o Prober) dialog(endpoint Endpoint) dialog {
	return dialog{
		target: bracketed(o.serverName(endpoint)) + ":" + strconv.Itoa(int(endpoint.Port)),
		fqdn:   o.FQDN, agent: "acfix/" + o.Acfix, callID: o.Token() + "@" + o.FQDN, tag: o.Token(),
	}
}

func (o Prober) lookAtAnswers(result *AddressResult, failed *ProbeFailure, found *[]Remark) {
	seen := result.SIP
	if !isSuccess(*seen.Status) {
		note(found, finding(Refused, "%s answered OPTIONS with %d %s", result.Address, *seen.Status, seen.Reason))
	}
	if lost := seen.Sent - seen.Answered; lost > 0 {
		message := fmt.Sprintf("%s left %d of %d requests unanswered", result.Address, lost, seen.Sent)
		if failed != nil {
			message += ": " + failed.Message
		}
		note(found, finding(Lossy, "%s", message))
	}
}

// docs/design/checks.md: Only 2xx is ok and any SIP answer is an answer
func isSuccess(status int) bool { return status >= 200 && status < 300 }

// exchange is the OPTIONS of one connection and their answers.
type exchange struct {
	options  Prober
	dialog   dialog
	shaken   *shake
	answers  *answers
	sent     int
	times    []float64 // milliseconds, of those answered
	worst    *sip.Response
	rejected *ProbeFailure // the client certificate was refused after the handshake
}

// run returns the last failure, even if some requests were answered. If the connection ends, the remaining requests
// count as lost.
func (e *exchange) run(ctx context.Context, tries int) *ProbeFailure {
	var last *ProbeFailure
	for number := 1; number <= tries; number++ {
		if number > 1 && e.options.Sleep(ctx, e.options.Interval) != nil {
			return interrupted()
		}
		e.sent++
		failed, over := e.once(ctx, number)
		if failed != nil {
			last = failed
		}
		if over {
			e.sent = tries
			return last
		}
	}
	return last
}

// once sends one OPTIONS. over reports that the connection can't be used any more.
func (e *exchange) once(ctx context.Context, number int) (failed *ProbeFailure, over bool) {
	limited, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	stop := within(limited, e.shaken)
	defer stop()
	begun := e.options.Now()
	response, err := e.ask(number)
	if err != nil {
		return e.unanswered(ctx, err)
	}
	e.times = append(e.times, float64(e.options.Now().Sub(begun))/float64(time.Millisecond))
	if e.worst == nil || isSuccess(e.worst.StatusCode) {
		e.worst = response
	}
	return nil, false
}

// errNotSent means that a request was sent incompletely, so no other can follow it.
var errNotSent = errors.New("send OPTIONS")

func (e *exchange) ask(number int) (*sip.Response, error) {
	_, written := e.shaken.Write(e.dialog.request(number, sip.RFC3261BranchMagicCookie+e.options.Token()))
	// In TLS 1.3 a server refuses a client certificate only now, and its alert may be readable although writing failed.
	response, err := e.answers.final(e.dialog, number)
	if err != nil && alert(err) == "" && written != nil {
		return nil, fmt.Errorf("%w: %w", errNotSent, written)
	}
	return response, err
}

// aboutCertificate reports whether a connection ended because of the certificate that the server asked for. In TLS 1.2
// a finished handshake means that the certificate was accepted: after it, only an alert about certificates concerns
// the certificate, and an end without an alert concerns SIP.
func (e *exchange) aboutCertificate(said string, err error) bool {
	if !e.shaken.asked || len(e.times) > 0 || e.answers.begun {
		return false
	}
	if e.options.Certificate != nil && e.shaken.ConnectionState().Version < tls.VersionTLS13 {
		return slices.Contains(certificateAlerts, said)
	}
	return said != "" || closed(err)
}

// unanswered returns why there is no answer, and whether the connection is over.
func (e *exchange) unanswered(ctx context.Context, err error) (*ProbeFailure, bool) {
	said := alert(err)
	switch {
	case ctx.Err() != nil:
		return interrupted(), true
	case errors.Is(err, errMalformed), errors.Is(err, errTooMuch):
		return failure(CodeBadAnswer, "the answer to OPTIONS %s", badAnswer(err)), true
	case e.aboutCertificate(said, err):
		e.rejected = e.options.refusedUs(said)
		return e.rejected, true
	case said != "":
		return failure(CodeClosed, "the far end ended TLS instead of answering OPTIONS: %s", said), true
	case isTimeout(err):
		return e.silent(), errors.Is(err, errNotSent)
	case closed(err) && e.answers.begun:
		return failure(CodeBadAnswer, "the far end closed the connection in the middle of a message"), true
	case closed(err):
		return failure(CodeClosed, "the far end closed the connection instead of answering OPTIONS"), true
	default:
		return failure(CodeClosed, "the connection broke: %s", bounded(cause(err))), true
	}
}

func (e *exchange) silent() *ProbeFailure {
	if e.answers.begun {
		return failure(CodeBadAnswer, "the far end sent no complete SIP message within %s", e.options.Timeout)
	}
	return failure(CodeNoAnswer, "no answer to OPTIONS within %s", e.options.Timeout)
}

func badAnswer(err error) string {
	if errors.Is(err, sip.ErrMessageTooLarge) {
		return fmt.Sprintf("is larger than %d bytes", mostBytes)
	}
	if errors.Is(err, sip.ErrParseReadBodyIncomplete) {
		return "has no Content-Length, which SIP over TLS needs"
	}
	return bounded(err.Error())
}

// sum summarizes the answers. The status is that of the first answer that is not 2xx, or else of the first answer.
func (e *exchange) sum() SIP {
	seen := noSIP()
	seen.Sent, seen.Answered = e.sent, len(e.times)
	if e.sent > 0 {
		seen.Loss = round(100 * float64(e.sent-len(e.times)) / float64(e.sent))
	}
	if len(e.times) == 0 {
		return seen
	}
	slices.Sort(e.times)
	seen.RTT = rounded(e.times[len(e.times)/2])
	seen.RTTMin = rounded(e.times[0])
	seen.RTTMax = rounded(e.times[len(e.times)-1])
	seen.Status, seen.Reason = &e.worst.StatusCode, bounded(e.worst.Reason)
	if server := e.worst.GetHeader("Server"); server != nil {
		seen.Server = bounded(server.Value())
	}
	seen.ReasonHeaders, seen.WarningHeaders = valuesOf(e.worst, "Reason"), valuesOf(e.worst, "Warning")
	seen.OK = len(e.times) == e.sent && isSuccess(e.worst.StatusCode)
	return seen
}

// mostValues limits the shown headers of one name.
const mostValues = 8

// valuesOf returns the values of a header, one for each of its lines.
func valuesOf(response *sip.Response, name string) []string {
	values := []string{}
	for _, header := range response.GetHeaders(name) {
		if len(values) < mostValues {
			values = append(values, foreign.Bounded(header.Value(), mostOfHeader))
		}
	}
	return values
}

func round(x float64) float64 { return math.Round(x*1000) / 1000 }

func rounded(x float64) *float64 {
	x = round(x)
	return &x
}

package check

import (
	"crypto/x509"
	"fmt"

	"github.com/acfix/acfix/certs"
)

// rule is one row of a profile.
type rule struct {
	id       string
	severity Severity
	text     string // in one sentence
	source   string // publisher, place and date
	examine  func(Subject, Circumstances) finding
}

// finding is what a rule found; Fail means "broken", whatever the severity.
type finding struct {
	result  Result
	message string
}

func passed(format string, arguments ...any) finding {
	return finding{Pass, fmt.Sprintf(format, arguments...)}
}

func broken(format string, arguments ...any) finding {
	return finding{Fail, fmt.Sprintf(format, arguments...)}
}

func noted(format string, arguments ...any) finding {
	return finding{Info, fmt.Sprintf(format, arguments...)}
}

func untold(format string, arguments ...any) finding {
	return finding{Unknown, fmt.Sprintf(format, arguments...)}
}

func fingerprint(certificate *x509.Certificate) string { return certs.Fingerprint(certificate.Raw) }

package remediate

// Mutual says whether mutual TLS is on at a SIP Interface.
type Mutual string

// MutualUnknown counts as on.
const (
	MutualOn      Mutual = "on"
	MutualOff     Mutual = "off"
	MutualUnknown Mutual = "unknown"
)

// mutual says whether a SIP Interface asks the other side for its certificate (User's Manual 7.4, "TLS Mutual
// Authentication": 1 and 0 decide; -1 leaves it to the global SIPSRequireClientCertificate, default 0).
func (t tables) mutual(sip sipInterface) Mutual {
	cell, known := sip.row.Cell("TLSMutualAuthentication")
	switch {
	case known && cell.Text() == "1":
		return MutualOn
	case known && cell.Text() == "0":
		return MutualOff
	case known && !cell.Unset() && cell.Text() != "-1":
		return MutualUnknown
	}
	switch global := t.parameter(parameterClientCertificate); {
	case global == parameterOn:
		return MutualOn
	case global == parameterOff && known:
		return MutualOff
	default: // a firmware without the column: the global's default proves nothing
		return MutualUnknown
	}
}

// parameterState is the state of a global on-off parameter, off by default.
type parameterState int

const (
	parameterOff parameterState = iota
	parameterOn
	parameterUnknown // the device hides its value, or the value is neither 0 nor 1
)

func (t tables) parameter(name string) parameterState {
	value, set := t.file.Parameter(name)
	switch {
	case t.file.Hidden(name):
		return parameterUnknown
	case !set || value == "0" || value == "":
		return parameterOff
	case value == "1":
		return parameterOn
	default:
		return parameterUnknown
	}
}

package mockdevice

import (
	"net/netip"
	"strconv"
	"strings"
)

// knownDefaults are the defaults of columns that are neither empty nor zero, from the user's manual
// (7.4) and from rows that real devices wrote for new entries. Keys are lower-case.
var knownDefaults = map[string]map[string]string{
	"tlscontexts": {
		"servercipherstring":      "DEFAULT",
		"clientcipherstring":      "DEFAULT",
		"serverciphertls13string": tls13Ciphers,
		"clientciphertls13string": tls13Ciphers,
		"keyexchangegroups":       "X25519:P-256:P-384:X448",
		"tlsrenegotiation":        "1",
		"ocspserverprimary":       "0.0.0.0",
		"ocspserversecondary":     "0.0.0.0",
		"ocspserverport":          "2560",
		"dhkeysize":               "2048",
	},
	"sipinterface": {
		"applicationtype":                    "0",
		"udpport":                            "5060",
		"tcpport":                            "5060",
		"tlsport":                            "5061",
		"tlsmutualauthentication":            "-1",
		"classificationfailureresponsetype":  "500",
		"preclassificationmanset":            "-1",
		"blockunregusers":                    "-1",
		"maxnumofregusers":                   "-1",
		"enableunauthenticatedregistrations": "-1",
		"callsetuprulessetid":                "-1",
	},
	"proxyset": {
		"proxykeepalivetime":              "60",
		"proxyredundancymode":             "-1",
		"dnsresolvemethod":                "-1",
		"minactiveserverslb":              "1",
		"successdetectionretries":         "1",
		"successdetectioninterval":        "10",
		"failuredetectionretransmissions": "-1",
	},
	"proxyip": {"proxysetid": "0", "transporttype": "-1"},
	"ipgroup": {
		"sipreroutingmode":    "-1",
		"classifybyproxyset":  "1",
		"maxnumofregusers":    "-1",
		"inboundmanset":       "-1",
		"outboundmanset":      "-1",
		"sbcserverauthtype":   "-1",
		"sourceuriinput":      "-1",
		"desturiinput":        "-1",
		"sbcoperationmode":    "-1",
		"callsetuprulessetid": "-1",
	},
}

const tls13Ciphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

// knownParameters are accepted although the INI omits them at their defaults, each with its group.
var knownParameters = map[string]string{
	"sipsrequireclientcertificate":  "SIP Params",
	"verifyservercertificate":       "SIP Params",
	"verifyservername":              "SIP Params",
	"tlsexpirychecktime":            "SIP Params",
	"autoupdatefreqencyseconds":     "SYSTEM Params",
	"autoupdatepredefinedtime":      "SYSTEM Params",
	"autoupdatecmpfile":             "SYSTEM Params",
	"inifileurl":                    "SYSTEM Params",
	"cliscripturl":                  "SYSTEM Params",
	"ntpserverip":                   "SYSTEM Params",
	"enablesyslog":                  "SYSTEM Params",
	"sysloglocalhost":               "SYSTEM Params",
	"syslogserverip":                "SYSTEM Params",
	"httpsonly":                     "WEB Params",
	"httpsrequireclientcertificate": "WEB Params",
	"httpscipherstring":             "WEB Params",
	"gwdebuglevel":                  "SIP Params",
	"enablemediasecurity":           "Voice Engine Params",
}

// learnColumn guesses the type of a column that is known only from an INI file.
func learnColumn(table, name string, cells []string) Column {
	column := Column{Name: name}
	var numbers, addresses, filled int
	for _, cell := range cells {
		if strings.HasPrefix(cell, `"`) {
			column.Quoted = true
		}
		value := unquote(cell)
		if value == "" {
			continue
		}
		filled++
		if _, err := strconv.ParseInt(value, 10, 64); err == nil {
			numbers++
		}
		if _, err := netip.ParseAddr(value); err == nil {
			addresses++
		}
	}
	known, isKnown := knownDefaults[fold(table)][fold(name)]
	switch {
	case isKnown:
		column.Default = known
	case column.Quoted || filled == 0:
	case numbers == filled:
		column.Default = "0"
	case addresses == filled:
		column.Default = "0.0.0.0"
	}
	return column
}

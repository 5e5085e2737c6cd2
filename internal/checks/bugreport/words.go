package bugreport

import (
	"regexp"
	"slices"
	"strings"
)

// keptWords mean the same on every device. Decisions of acfix depend on the word Teams.
var keptWords = []string{"", "$$", "*", "default", "any", "teams"}

// The names by which acfix recognises Teams (Microsoft Learn, "Plan Direct Routing"). Labels below the zones are
// replaced, the zone stays.
var (
	microsoftNames = []string{
		"sip.pstnhub.microsoft.com", "sip2.pstnhub.microsoft.com", "sip3.pstnhub.microsoft.com",
		"sip-all.pstnhub.microsoft.com", "sip.pstnhub.gov.teams.microsoft.us", "sip.pstnhub.dod.teams.microsoft.us",
	}
	microsoftZones = []string{
		".pstnhub.microsoft.com", ".pstnhub.gov.teams.microsoft.us", ".pstnhub.dod.teams.microsoft.us"}
)

// marks returns the parts of a text that decisions of acfix depend on; they precede its replacement.
func marks(text string) string {
	kept := ""
	if host, _ := hostPort(text); strings.Contains(strings.ToLower(host), "pstnhub") {
		kept = "pstnhub-"
	}
	if strings.Contains(strings.ToLower(text), "teams") {
		kept += "Teams-"
	}
	return kept
}

// numberPlaces are columns and parameters in which a quoted number stays: decisions of acfix depend on them
// (remediate, leg.go, tables.go).
var numberPlaces = lowered("ApplicationType", "ClassifyByProxySet", "ProxyIpIndex", "ProxySetId",
	"SIPSRequireClientCertificate", "SIPTRANSPORTTYPE", "TLSMutualAuthentication", "TLSPort", "TLSVersion",
	"DTLSVersion", "TransportType", "UseDefaultCABundle", "VerifyServerCertificate", "VerifyServerName", "DHKeySize",
	"OcspServerPort")

// cipherPlaces hold OpenSSL cipher strings and key-exchange groups, in which known words stay.
var cipherPlaces = lowered("ServerCipherString", "ClientCipherString", "ServerCipherTLS13String",
	"ClientCipherTLS13String", "KeyExchangeGroups", "HTTPSCipherString")

// identityPlaces match columns, parameters and fields whose name suggests a secret or an identity: their values
// never stay, not even numbers.
var identityPlaces = regexp.MustCompile(`(?i)passw|pwd|secret|community|nonce|phone|serial|login|account|username|` +
	`macaddress|pincode|pin$|key$`)

func lowered(names ...string) []string {
	for i, name := range names {
		names[i] = strings.ToLower(name)
	}
	return names
}

func isIn(places []string, name string) bool { return slices.Contains(places, strings.ToLower(name)) }

// smallNumber identifies no person: longer numbers may be telephone numbers.
var smallNumber = regexp.MustCompile(`^-?[0-9]{1,6}(\.[0-9]{1,3})?$`)

// structural names are those of parameters, columns and fields; sections may hold blanks.
var (
	structural = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)
	section    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,40}( [A-Za-z0-9_]{1,20}){0,4}$`)
)

// board matches only the vendor's product names.
var board = regexp.MustCompile(`^(Mediant|MediaPack|MP)([ -]?[0-9]{2,5}[A-Z]{0,3})?` +
	`( (VE|CE|SE|SW|SBC|E-SBC|MSBR|FXS|FXO|Gateway|DSP))*$`)

func isBoard(text string) bool { return board.MatchString(strings.TrimSpace(text)) }

// firmware matches only firmware versions: four plain numbers could be an address.
var firmware = regexp.MustCompile(`^[0-9]{1,2}\.[0-9]{2}[A-Z](\.[0-9]{1,3}){1,2}$|^[0-9]\.[0-9]{1,2}(\.[0-9]{1,3})?$`)

func isFirmware(text string) bool { return firmware.MatchString(text) }

// cipherWords are the known words of cipher strings, TLS 1.3 suites and groups (OpenSSL, ciphers(1)). Suites consist of
// such words, joined by "-" or "_".
var cipherWords = strings.Fields(`
	ALL DEFAULT HIGH MEDIUM LOW FIPS COMPLEMENTOFALL COMPLEMENTOFDEFAULT EXP EXPORT NULL eNULL aNULL
	TLSv1 TLSv1.0 TLSv1.1 TLSv1.2 TLSv1.3 SSLv2 SSLv3 TLS WITH
	AES AES128 AES256 128 256 GCM CBC CCM CCM8 8 AESGCM AESCBC AEAD CHACHA20 POLY1305 ARIA
	CAMELLIA CAMELLIA128 CAMELLIA256 RC4 DES 3DES CBC3 SEED IDEA MD5 SHA SHA1 SHA256 SHA384
	ECDH ECDHE EECDH kECDHE kEECDH aRSA RSA kRSA DH DHE EDH kDHE kEDH aDSS DSS aECDSA ECDSA PSK SRP ADH AECDH
	X25519 X448 P-256 P-384 P-521 P 384 521`)

var cipherElement = regexp.MustCompile(`[^:, ]+`)

// cipherString keeps the known words of a cipher string. An unknown word stays an unknown word, and an unknown suite
// stays a suite, because acfix judges the two differently (remediate, ciphers.go).
func (p *pseudonyms) cipherString(text string) string {
	if text == "$$" {
		return text
	}
	return cipherElement.ReplaceAllStringFunc(text, func(element string) string {
		if strings.HasPrefix(element, "@") {
			return "@STRENGTH"
		}
		rest := strings.TrimLeft(element, "!-+")
		operator := element[:len(element)-len(rest)]
		if strings.Count(rest, "-") > 1 {
			if isSuite(rest) {
				return element
			}
			suite := func(n int) string { return "an-other-suite" + strings.Repeat("x", n) }
			return operator + p.give("suite", rest, suite)
		}
		words := strings.Split(rest, "+")
		for i, word := range words {
			if word != "" && !slices.Contains(cipherWords, word) && !isSuite(word) {
				words[i] = p.give("word", word, func(n int) string { return "word" + strings.Repeat("x", n) })
			}
		}
		return operator + strings.Join(words, "+")
	})
}

func isSuite(text string) bool {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '-' || r == '_' }) {
		if !slices.Contains(cipherWords, strings.ToUpper(part)) {
			return false
		}
	}
	return true
}

package remediate

import (
	"slices"
	"strings"
)

// teamsSuites are the TLS 1.2 suites that Teams offers (Microsoft Learn, "Plan Direct Routing", TLS), each with the
// OpenSSL cipher-string words that select it.
var teamsSuites = map[string][]string{
	"ECDHE-RSA-AES256-GCM-SHA384": {"AES256", "AESGCM", "AEAD", "SHA384"},
	"ECDHE-RSA-AES128-GCM-SHA256": {"AES128", "AESGCM", "AEAD", "SHA256"},
	"ECDHE-RSA-AES256-SHA384":     {"AES256", "AESCBC", "SHA384"},
	"ECDHE-RSA-AES128-SHA256":     {"AES128", "AESCBC", "SHA256"},
}

// commonWords select all of them.
var commonWords = strings.Fields("ALL DEFAULT HIGH FIPS TLSv1.2 AES ECDH ECDHE EECDH kECDHE kEECDH aRSA")

// otherWords select none of them. acfix can't judge a word that is in no list.
var otherWords = []string{
	"RC4", "EXP", "EXPORT", "LOW", "MEDIUM", "DES", "3DES", "MD5", "SHA", "SHA1", "NULL", "eNULL", "aNULL",
	"ADH", "AECDH", "RSA", "kRSA", "DH", "DHE", "EDH", "kDHE", "kEDH", "aDSS", "DSS", "aECDSA", "ECDSA", "PSK", "SRP",
	"CAMELLIA", "CAMELLIA128", "CAMELLIA256", "CHACHA20", "SEED", "IDEA", "ARIA", "SSLv2", "SSLv3", "TLSv1", "TLSv1.0",
	"COMPLEMENTOFALL", "COMPLEMENTOFDEFAULT",
}

// excludesTeams reports whether an OpenSSL cipher string certainly allows none of Teams' suites; a string with an
// unknown word gets the benefit of the doubt.
func excludesTeams(cipherString string) bool {
	if strings.TrimSpace(cipherString) == "" {
		return false
	}
	for suite, words := range teamsSuites {
		if allowed, known := allows(cipherString, suite, words); allowed || !known {
			return false
		}
	}
	return true
}

// allows evaluates a cipher string for one suite (OpenSSL, ciphers(1), "Cipher list format").
func allows(cipherString, suite string, words []string) (allowed, known bool) {
	elements := strings.FieldsFunc(cipherString, func(r rune) bool { return r == ':' || r == ',' || r == ' ' })
	killed := false
	for _, element := range elements {
		if strings.HasPrefix(element, "@") {
			continue
		}
		operator, rest := element[0], strings.TrimLeft(element, "!-+")
		selected, understood := selects(rest, suite, words)
		switch {
		case !understood:
			return false, false
		case !selected || operator == '+':
		case operator == '!':
			killed, allowed = true, false
		case operator == '-':
			allowed = false
		default:
			allowed = !killed
		}
	}
	return allowed, true
}

// isWordOfTeams reports whether the word selects any of Teams' suites.
func isWordOfTeams(word string) bool {
	for _, words := range teamsSuites {
		if slices.Contains(words, word) {
			return true
		}
	}
	return false
}

// selects reports whether an element selects the suite: words joined by "+" must all fit.
func selects(element, suite string, words []string) (selected, understood bool) {
	if strings.EqualFold(element, suite) {
		return true, true
	}
	if strings.Count(element, "-") > 1 { // the name of another suite
		return false, true
	}
	selected = true
	for word := range strings.SplitSeq(element, "+") {
		switch {
		case slices.Contains(words, word) || slices.Contains(commonWords, word):
		case slices.Contains(otherWords, word) || isWordOfTeams(word):
			selected = false
		default:
			return false, false
		}
	}
	return selected, true
}

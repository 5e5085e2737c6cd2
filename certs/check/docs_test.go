package check

import (
	"testing"

	"github.com/acfix/acfix/docs/docstest"
	"github.com/stretchr/testify/assert"
)

const certificatesPage = "../../docs/certificates.md"

// unseen is what a check can't see, by its ID: the certificate and the network show no more.
var unseen = map[string]string{
	"fqdn":           "whether it is the name in the SBC's Contact; a plan compares that",
	"client_auth":    "whether the other side still asks for it",
	"key_type":       "which suites a client of the SBC offers",
	"key_usage":      "whether the other side looks at it",
	"chain_order":    "what a device or a program makes of the file; a device sends what it makes of its trusted roots",
	"chain_complete": "what is sent in a handshake; `acfix probe` shows a server's chain",
	"intermediates":  "what the connector sends once it is installed",
	"trusted_root":   "revocation is not asked; whether the other side trusts that root is known of --trust's file or this machine's store alone, not of Microsoft's program or a CA's own list",
	"subject_name":   "whether the name is the one in the configuration of the other side",
	"san_nodes":      "which nodes there are: --node says so",
	"san_federation": "which domains are federated: --federation says so",
	"aia_redirect":   "without --online nothing is asked",
	"cn_address":     "whether the name is that of the UM IP gateway: --fqdn says so",
	"san_address":    "whether the name is that of the UM IP gateway: --fqdn says so",
	"key_matches":    "without --key, or a key in the file, nothing is compared",
	"validity":       "the clock of the other side",
}

// elsewhere are rules of the same sources that no certificate shows.
var elsewhere = [][]string{
	{"all", "–", "The certificate is not revoked.", "RFC 5280 (May 2008), 6.3", "acfix asks no CA"},
	{PexipNode, "–", "All nodes that take part in call signalling have the same certificate.", sourceNodes, "a file is one node's: `acfix probe --node` compares what each node presents on port 5061"},
	{PexipNode, "–", "The SIP TLS FQDN of each node is its own FQDN, and unique.", sourceSfB, "a setting on the Management Node"},
	{PexipNode, "–", "The target of a _sipfederationtls record lies in the record's own domain.", sourceSfB, "no certificate shows it: `acfix dns check` does"},
	{PexipConnector, "–", "Each region has a connector with a name and a certificate of its own.", sourceConnector, "one certificate is looked at"},
	{PexipConnector, "–", "A connector whose certificate was replaced is deployed again.", sourceConnector, "what is installed is not looked at"},
	{ExchangeUM, "–", "The CA is one that Exchange Online lists.", sourceExchange, "the list is missing from the page that is left"},
	{ExchangeUM, "–", "The FQDN resolves from outside.", sourceExchange + ", \"Where can I get certificates?\"", "no certificate shows it: `acfix dns check --profile exchange-um` does"},
}

// TestDocumentsHaveTheProfiles keeps the rules in the documents as they are here.
func TestDocumentsHaveTheProfiles(t *testing.T) {
	rows, known := [][]string{}, map[string]bool{}
	for _, rule := range append(common, keyRule) {
		known[rule.id] = true
		rows = append(rows, []string{"all", "`" + rule.id + "`", string(rule.severity), rule.text, rule.source, unseen[rule.id]})
	}
	for _, profile := range profiles {
		for _, rule := range profile.rules {
			known[rule.id] = true
			rows = append(rows, []string{profile.ID, "`" + rule.id + "`", string(rule.severity), rule.text, rule.source, unseen[rule.id]})
		}
	}
	for _, row := range elsewhere {
		rows = append(rows, []string{row[0], row[1], "not checked", row[2], row[3], row[4]})
	}
	for id := range unseen {
		assert.True(t, known[id], "%s is no check", id)
	}
	docstest.Part(t, certificatesPage, "rules of the profiles",
		docstest.Table([]string{"profile", "check", "when broken", "rule", "source", "not visible from outside"}, rows))
}

// Package dns compares the DNS records of a domain with the requirements of a vendor's document: SRV records with
// targets and ports, the addresses behind them, and the domain of a federation target.
//
// The requirements are data (profile.go), each rule with its source. Run judges the results of an Asker; NetResolver is
// one. A record that could not be looked up is "unknown", and an unknown required record does not pass.
package dns

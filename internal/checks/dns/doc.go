// Package dns holds the DNS records of a domain against what a vendor's document asks for:
// the SRV records with their targets and ports, the addresses behind them, and the domain that
// a federation target lies in.
//
// What is expected is data (profile.go), each rule with its source. A Resolver asks, Check
// judges what an Asker says and asks nothing else. What could not be found out is "unknown",
// and a required record that is unknown is no pass.
package dns

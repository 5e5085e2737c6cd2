// Package web is the site of "acfix serve": the fleet, its devices, runs and jobs, as pages
// that a server renders. It reads through Source and changes through Actions; what a device
// or an inventory says is foreign text on every page.
//
// Pages work without JavaScript, which only brings live updates of a run. Nothing comes from
// elsewhere, and nothing is inline: the policy of every answer allows what is embedded here,
// and no more.
package web

// Package web is the site of "acfix serve": pages about the fleet, devices, runs and jobs, rendered on the server
// from Data and changed through Actions. It treats all text from a device or an inventory as foreign.
//
// Pages work without JavaScript, which only adds live updates of a run. All assets are embedded
// and none is inline: the content security policy of every answer allows nothing else.
package web

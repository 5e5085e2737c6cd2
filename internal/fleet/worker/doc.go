// Package worker shares the devices of runs among machines: a controller offers tasks for single devices in
// the store, and workers on any machine carry them out, one worker per device at a time. What they do on a
// device is in package run.
package worker

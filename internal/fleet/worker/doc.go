// Package worker shares the devices of runs among machines: a controller offers in the store what is
// to be done with a device, and workers anywhere do it, one of them at a time. What is done at a
// device is package run's.
package worker

// Package run carries a plan or an apply out on one or ten thousand devices: it reads them, writes to them,
// records their results, and resumes runs that were cut off. It asks no questions and prints nothing; the
// caller passes in the devices and the rules.
package run

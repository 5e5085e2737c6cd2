// Package run goes over the devices of one plan or apply, be it one or ten thousand: it reads
// them, writes to them, keeps what came of each, and goes on with what was cut off. It asks
// nobody and shows nothing; which devices there are and by what rules comes in.
package run

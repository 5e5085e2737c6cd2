package main

// catchFileSize: Windows has no such limit.
func catchFileSize() {}

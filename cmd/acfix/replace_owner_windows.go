package main

import "os"

// keepOwner: a new file inherits its rights from the folder.
func keepOwner(string, os.FileInfo) error { return nil }

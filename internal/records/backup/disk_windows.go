package backup

// SyncDirectory has no counterpart on Windows: NTFS journals names by itself.
func (OS) SyncDirectory(string) error { return nil }

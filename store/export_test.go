package store

import "database/sql"

// Writes lets tests reach past the store's own statements.
func (s *Store) Writes() *sql.DB { return s.writes }

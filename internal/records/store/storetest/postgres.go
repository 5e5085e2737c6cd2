// Package storetest gives tests a schema in the PostgreSQL server of scripts/postgres, or a server of their own.
package storetest

import (
	"crypto/rand"
	"database/sql"
	"os/exec"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"github.com/stretchr/testify/require"
)

// Schema makes an empty schema in the server of ACFIX_TEST_POSTGRES, which must be set, and returns its URL.
func Schema(t testing.TB, server string) string {
	t.Helper()
	require.NotEmpty(t, server, "run these tests by scripts/postgres, or make test-services")
	db, err := sql.Open("pgx", server)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	name := "t" + strings.ToLower(rand.Text())
	_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+name)
	require.NoError(t, err)
	return server + "&search_path=" + name
}

// Server is a PostgreSQL server that a test may stop and start.
type Server struct {
	URL       string
	script    string
	directory string
}

// Start makes a server and starts it. The script comes from ACFIX_TEST_POSTGRES_SERVER; without it the test fails.
func Start(t testing.TB, script string) *Server {
	t.Helper()
	require.NotEmpty(t, script, "run these tests by scripts/postgres, or make test-services")
	directory, err := exec.Command(script, "make").Output()
	require.NoError(t, err)
	s := &Server{script: script, directory: strings.TrimSpace(string(directory))}
	s.URL = "postgres:///postgres?host=" + s.directory + "&user=acfix"
	s.Start(t)
	return s
}

// Start restarts the server and returns when it answers. The server ends with scripts/postgres.
func (s *Server) Start(t testing.TB) { s.run(t, "start", s.directory) }

// Stop stops the server and closes all its connections.
func (s *Server) Stop(t testing.TB) { s.run(t, "stop", s.directory, "fast") }

// Crash stops the server as a power cut would.
func (s *Server) Crash(t testing.TB) { s.run(t, "stop", s.directory, "immediate") }

func (s *Server) run(t testing.TB, arguments ...string) {
	t.Helper()
	out, err := exec.Command(s.script, arguments...).CombinedOutput()
	require.NoError(t, err, string(out))
}

//go:build services

package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/acfix/acfix/store"
)

func TestContractOfPostgres(t *testing.T) {
	keepContract(t, func(t *testing.T) *store.Store { return open(t, freshSchema(t)) })
}

var schemas atomic.Int64

// freshSchema returns the URL of an empty schema of the server that scripts/postgres runs.
func freshSchema(t *testing.T) string {
	t.Helper()
	server := os.Getenv("ACFIX_TEST_POSTGRES")
	require.NotEmpty(t, server, "run these tests by scripts/postgres")
	db, err := sql.Open("pgx", server)
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	name := fmt.Sprintf("t%d_%d", os.Getpid(), schemas.Add(1))
	_, err = db.ExecContext(t.Context(), "CREATE SCHEMA "+name)
	require.NoError(t, err)
	return server + "&search_path=" + name
}

func control(t *testing.T, what string) {
	t.Helper()
	out, err := exec.Command(os.Getenv("ACFIX_TEST_POSTGRES_CTL"), what).CombinedOutput()
	require.NoError(t, err, strings.TrimSpace(string(out)))
}

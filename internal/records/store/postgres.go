package store

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/acfix/acfix/internal/foreign"
	"github.com/acfix/acfix/internal/weakrsa"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

var inPostgres = dialect{shared: true, words: strings.NewReplacer(
	"{id}", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
	"{bytes}", "BYTEA",
	"{now}", "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)",
	"{share}", "FOR SHARE",
	"{migration lock}", "SELECT pg_advisory_xact_lock(7230184)", // any number that only acfix uses
), kind: kindOfPostgres, tableless: noTableInPostgres}

// defaultConnections is how many connections a process opens at most, unless the address says otherwise: for what
// is gathered, as many readers, and the queue.
const defaultConnections = 2*sharedAtOnce + 2

// openPostgres connects with the first statement.
func openPostgres(ctx context.Context, address string) (*Store, error) {
	config, err := parsed(address)
	if err != nil {
		return nil, badURL(address, err)
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "acfix"
	}
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = max(config.MaxConns, defaultConnections)
	}
	refuseShortKeys(config)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, badURL(address, err)
	}
	db := stdlib.OpenDBFromPool(pool)
	return &Store{dialect: inPostgres, place: "PostgreSQL", pool: pool, reads: db, writes: db, synced: db}, nil
}

// parsed is the driver's reading of an address. By default the driver may fall back to no encryption; instead a
// remote server must prove its identity, unless the address itself says otherwise: the store holds configurations.
func parsed(address string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil || isHere(config.ConnConfig.Host) || !fallsBack(config) {
		return config, err
	}
	asked, err := url.Parse(address)
	if err != nil || asked.Query().Has("sslmode") {
		return config, err
	}
	query := asked.Query()
	query.Set("sslmode", "verify-full")
	asked.RawQuery = query.Encode()
	return pgxpool.ParseConfig(asked.String())
}

func fallsBack(config *pgxpool.Config) bool {
	return config.ConnConfig.TLSConfig == nil ||
		slices.ContainsFunc(config.ConnConfig.Fallbacks,
			func(next *pgconn.FallbackConfig) bool { return next.TLSConfig == nil })
}

// refuseShortKeys refuses weak keys: acfix tolerates them on an SBC, but not on a server that keeps secrets.
func refuseShortKeys(config *pgxpool.Config) {
	if config.ConnConfig.TLSConfig != nil {
		config.ConnConfig.TLSConfig.VerifyConnection = weakrsa.Check
	}
	for _, next := range config.ConnConfig.Fallbacks {
		if next.TLSConfig != nil {
			next.TLSConfig.VerifyConnection = weakrsa.Check
		}
	}
}

// isHere reports whether the server is reached by a socket or is this machine.
func isHere(host string) bool { return strings.HasPrefix(host, "/") || foreign.IsThisMachine(host) }

// badURL gives the reason only if it cannot contain a password: the driver hides only those that it can parse.
func badURL(address string, reason error) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User != nil || parsed.Query().Has("password") {
		return fmt.Errorf("%w: PostgreSQL's driver does not understand it; is the password percent-encoded?",
			ErrBadURL)
	}
	return fmt.Errorf("%w: %w", ErrBadURL, reason)
}

// away are the codes of PostgreSQL that mean "not now". Class 08 is about connections.
var away = map[string]bool{
	"57P01": true, // admin_shutdown
	"57P02": true, // crash_shutdown
	"57P03": true, // cannot_connect_now
	"53300": true, // too_many_connections
	"25006": true, // read_only_sql_transaction: a standby, until it takes over
}

// answers maps other codes of PostgreSQL to our kinds.
var answers = map[string]error{
	"28P01": ErrRefused, // invalid_password
	"28000": ErrRefused, // invalid_authorization_specification: no such user, or none from here
	"42501": ErrRefused, // insufficient_privilege
	"3D000": ErrMissing, // invalid_catalog_name: no such database
	"53100": ErrFull,    // disk_full
	"53200": ErrBroken,  // out_of_memory
	"58030": ErrBroken,  // io_error
}

func kindOfPostgres(err error) error {
	var answer *pgconn.PgError
	switch {
	case errors.As(err, &answer) && answers[answer.Code] != nil:
		return answers[answer.Code]
	case answer == nil && isUntrusted(err):
		return ErrUntrusted
	case isAway(err):
		return ErrDown
	default:
		return nil
	}
}

func noTableInPostgres(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == "42P01" // undefined_table
}

// isUntrusted reports whether TLS with an answering server fails. The driver has no type for a server without TLS.
func isUntrusted(err error) bool {
	var unverified *tls.CertificateVerificationError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &unverified) || errors.As(err, &noTLS) || errors.As(err, &alert) ||
		strings.Contains(err.Error(), "server refused TLS connection") ||
		strings.Contains(err.Error(), "remote error: tls:")
}

func isAway(err error) bool {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return away[answer.Code] || strings.HasPrefix(answer.Code, "08")
	}
	if errors.Is(err, context.Canceled) {
		return false
	}
	for _, lost := range []error{driver.ErrBadConn, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed,
		context.DeadlineExceeded} {
		if errors.Is(err, lost) {
			return true
		}
	}
	var unsent interface{ SafeToRetry() bool }
	if errors.As(err, &unsent) && unsent.SafeToRetry() {
		return true
	}
	var failedConnect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &failedConnect) || errors.As(err, &network)
}

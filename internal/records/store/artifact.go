package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Artifact describes a file that a run made, such as a part of a backup.
type Artifact struct {
	ID          int64
	Run, Device string
	Kind, Name  string
	SHA256      string // of the stored data, hex
	Size        int    // of the stored data, bytes
	Created     time.Time
}

const artifactColumns = `id, run, device, kind, name, sha256, size, created`

// PutArtifact stores data unchanged, and returns the artifact with its ID, digest and size. When it returns nil, the
// data survives a power cut. With a lease it returns ErrFenced unless the lease is valid at that moment.
func (s *Store) PutArtifact(ctx context.Context, a Artifact, data []byte, lease *Lease) (Artifact, error) {
	a.SHA256, a.Size = digest(data), len(data)
	if data == nil {
		data = []byte{}
	}
	guard := guardOf(lease)
	id := func(row scanner) error { return row.Scan(&a.ID) }
	stored := &command{read: id, text: fence + `INSERT INTO artifacts
		(run, device, kind, name, sha256, size, created, data) SELECT $6, $7, $8, $9, $10, $11, $12, $13 WHERE ` + unfenced + ` RETURNING id`,
		values: append(guard.key(), a.Run, a.Device, a.Kind, text(a.Name), a.SHA256, a.Size, micros(a.Created), data)}
	switch err := s.commit(ctx, true, stored); {
	case err != nil:
		return Artifact{}, s.failed("write a backup to", err)
	case stored.changed == 0:
		return Artifact{}, ErrFenced
	}
	return a, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Artifact returns an artifact and its data. Errors: ErrNoArtifact; ErrDamaged if the data has changed.
func (s *Store) Artifact(ctx context.Context, id int64) (Artifact, []byte, error) {
	var data []byte
	a, err := scanArtifact(s.reads.QueryRowContext(ctx,
		`SELECT `+artifactColumns+`, data FROM artifacts WHERE id = $1`, id), &data)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Artifact{}, nil, fmt.Errorf("%w: %d", ErrNoArtifact, id)
	case err != nil:
		return Artifact{}, nil, s.failed("read a backup from", err)
	case a.Size != len(data) || a.SHA256 != digest(data):
		return Artifact{}, nil, fmt.Errorf("%w: artifact %d, %s, does not fit its SHA-256", ErrDamaged, id, a.Name)
	}
	return a, data, nil
}

func scanArtifact(row scanner, more ...any) (a Artifact, err error) {
	var created int64
	err = row.Scan(append([]any{&a.ID, &a.Run, &a.Device, &a.Kind, &a.Name, &a.SHA256, &a.Size, &created}, more...)...)
	a.Created = moment(created)
	return a, err
}

// Artifacts returns the artifacts of a kind, oldest first, without their data.
func (s *Store) Artifacts(ctx context.Context, kind string) ([]Artifact, error) {
	all, err := selectAll(ctx, s, func(row scanner) (Artifact, error) { return scanArtifact(row) },
		`SELECT `+artifactColumns+` FROM artifacts WHERE kind = $1 ORDER BY id`, kind)
	return all, s.failed("read the backups from", err)
}

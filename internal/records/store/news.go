package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// newsOfTasks is PostgreSQL's channel for tasks that changed; all runs of a database share it.
const newsOfTasks = "acfix_task"

// news returns what tells listeners, once the portion has been committed, that a task changed.
func (s *Store) news(run string, position int) []*command {
	if !s.Shared() {
		return nil
	}
	return []*command{{
		text: "SELECT pg_notify('" + newsOfTasks + "', $1)", values: []any{fmt.Sprintf("%s %d", run, position)},
	}}
}

// Listen calls heard for each task that changes in a shared store, until ctx ends or the connection fails. News may
// be lost, so callers must also ask from time to time. ready is called once news will be heard.
// docs/design/fleet.md: A controller is told when a task changes
func (s *Store) Listen(ctx context.Context, ready func(), heard func(run string, position int)) error {
	connection, err := pgx.ConnectConfig(ctx, s.pool.Config().ConnConfig) // the pool's are for short work
	if err != nil {
		return s.failed("listen to", err)
	}
	defer func() { _ = connection.Close(context.WithoutCancel(ctx)) }()
	if _, err := connection.Exec(ctx, "LISTEN "+newsOfTasks); err != nil {
		return s.failed("listen to", err)
	}
	ready()
	for {
		news, err := connection.WaitForNotification(ctx)
		if err != nil {
			return s.failed("listen to", err)
		}
		var run string
		var position int
		if _, err := fmt.Sscanf(news.Payload, "%s %d", &run, &position); err == nil {
			heard(run, position)
		}
	}
}

// Package clock reads the time from this process or from a PostgreSQL server.
package clock

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A Clock returns the time.
type Clock interface {
	Now(ctx context.Context) (time.Time, error)
	Name() string // the source of the time, for messages
	Close()
}

// FromEnvironment returns PostgreSQL's clock if DATABASE_URL is set, and the process's own otherwise.
// It doesn't wait for the database: if the server is down, Now returns an error, and works again once it is back.
func FromEnvironment(ctx context.Context) (Clock, error) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return process{}, nil
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil { // not included: it may contain the whole URL with its password
		return nil, errors.New("DATABASE_URL must look like postgres://user:password@host:5432/database")
	}
	return postgres{pool}, nil
}

type process struct{}

func (process) Now(context.Context) (time.Time, error) { return time.Now().UTC(), nil }
func (process) Name() string                           { return "process" }
func (process) Close()                                 {}

type postgres struct{ pool *pgxpool.Pool }

func (p postgres) Now(ctx context.Context) (now time.Time, err error) {
	err = p.pool.QueryRow(ctx, "SELECT now()").Scan(&now)
	return now.UTC(), err
}

func (postgres) Name() string { return "postgresql" }
func (p postgres) Close()     { p.pool.Close() }

// Package clock knows where the time comes from: this process, or a PostgreSQL server.
package clock

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// A Clock tells the time.
type Clock interface {
	Now(ctx context.Context) (time.Time, error)
	Name() string // where the time comes from, for people to read
	Close()
}

// FromEnvironment is PostgreSQL's clock where DATABASE_URL is set, and the process's own where it is not.
// It does not wait for the database: a server that is down is told of by Now, and mended without a restart.
func FromEnvironment(ctx context.Context) (Clock, error) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return process{}, nil
	}
	pool, err := pgxpool.New(ctx, url)
	if err != nil { // not passed on: it may repeat the whole URL, password and all
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

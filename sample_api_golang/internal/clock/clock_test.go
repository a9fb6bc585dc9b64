package clock

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestTheTimeIsTheProcessOwnWithoutADatabase(t *testing.T) {
	t.Setenv("DATABASE_URL", "")
	source, err := FromEnvironment(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	before := time.Now()
	now, err := source.Now(context.Background())
	if err != nil || now.Before(before) || now.After(time.Now()) || now.Location() != time.UTC {
		t.Errorf("got %v, %v", now, err)
	}
	if source.Name() != "process" {
		t.Errorf("named %q", source.Name())
	}
}

func TestNowFailsWhileTheDatabaseIsDown(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://reader:secret@127.0.0.1:1/time")
	source, err := FromEnvironment(context.Background())
	if err != nil {
		t.Fatalf("it should start without its database: %v", err)
	}
	defer source.Close()
	if source.Name() != "postgresql" {
		t.Errorf("named %q", source.Name())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if now, err := source.Now(ctx); err == nil {
		t.Errorf("got %v without a server", now)
	}
}

func TestAnInvalidURLIsReportedWithoutItsPassword(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://reader:secret@127.0.0.1:port/time")
	_, err := FromEnvironment(context.Background())
	if err == nil || !strings.HasPrefix(err.Error(), "DATABASE_URL must look like") || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

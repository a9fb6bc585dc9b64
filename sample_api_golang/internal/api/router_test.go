package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/api-golang/internal/clock"
)

var noon = time.Date(2023, 1, 28, 12, 0, 0, 0, time.UTC)

// stopped is a clock that always shows noon, or always fails.
type stopped struct{ err error }

func (s stopped) Now(context.Context) (time.Time, error) { return noon, s.err }
func (stopped) Name() string                             { return "a stopped clock" }
func (stopped) Close()                                   {}

// hanging is a clock whose database never answers.
type hanging struct{ stopped }

func (hanging) Now(ctx context.Context) (time.Time, error) {
	<-ctx.Done()
	return time.Time{}, ctx.Err()
}

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

func get(t *testing.T, source clock.Clock, path string) (int, map[string]any) {
	t.Helper()
	recorder := httptest.NewRecorder()
	NewRouter(source).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
	body := map[string]any{}
	if err := json.Unmarshal(recorder.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s answers no JSON: %q", path, recorder.Body)
	}
	return recorder.Code, body
}

func TestRootReturnsTheTimeAndItsSource(t *testing.T) {
	status, body := get(t, stopped{}, "/")
	if status != http.StatusOK || body["now"] != "2023-01-28T12:00:00Z" || body["source"] != "a stopped clock" {
		t.Errorf("got %d %v", status, body)
	}
}

func TestRootReportsAMissingTimeWithoutTheReason(t *testing.T) {
	status, body := get(t, stopped{errors.New("dial tcp 10.0.0.7:5432: refused")}, "/")
	if status != http.StatusServiceUnavailable || len(body) != 1 || body["error"] != "no time from a stopped clock" {
		t.Errorf("got %d %v", status, body)
	}
}

func TestRootTimesOut(t *testing.T) {
	started := time.Now()
	status, _ := get(t, hanging{}, "/")
	if took := time.Since(started); status != http.StatusServiceUnavailable || took > 2*databaseTimeout {
		t.Errorf("got %d after %v", status, took)
	}
}

func TestPing(t *testing.T) {
	if status, body := get(t, stopped{}, "/ping"); status != http.StatusOK || body["message"] != "pong" {
		t.Errorf("got %d %v", status, body)
	}
}

func TestHealthNeedsNoClock(t *testing.T) {
	status, body := get(t, stopped{errors.New("no database")}, "/health")
	if status != http.StatusOK || body["status"] != "ok" {
		t.Errorf("got %d %v", status, body)
	}
}

func TestSlowTakesAsLongAsAsked(t *testing.T) {
	started := time.Now()
	status, body := get(t, stopped{}, "/slow?seconds=0.2")
	if took := time.Since(started); status != http.StatusOK || body["seconds"] != 0.2 || took < 200*time.Millisecond {
		t.Errorf("got %d %v after %v", status, body, took)
	}
}

func TestSlowRejectsInvalidSeconds(t *testing.T) {
	for _, seconds := range []string{"-1", "5.1", "NaN", "Inf", "soon", ""} {
		if status, _ := get(t, stopped{}, "/slow?seconds="+seconds); status != http.StatusBadRequest {
			t.Errorf("seconds=%s: got %d", seconds, status)
		}
	}
}

func TestSlowEndsWhenTheClientLeaves(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	started := time.Now()
	request := httptest.NewRequest(http.MethodGet, "/slow?seconds=5", nil).WithContext(ctx)
	NewRouter(stopped{}).ServeHTTP(httptest.NewRecorder(), request)
	if took := time.Since(started); took > time.Second {
		t.Errorf("went on for %v", took)
	}
}

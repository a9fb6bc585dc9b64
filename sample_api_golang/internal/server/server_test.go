package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func TestServeFinishesTheRequestInFlightAndAcceptsNoMore(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	listener := listen(t)
	ended, status := make(chan error, 1), make(chan int, 1)
	go func() { ended <- Serve(ctx, listener, handler) }()
	go func() { status <- statusOf("http://" + listener.Addr().String()) }()

	<-arrived
	stop()
	waitUntilRefused(t, listener.Addr().String())
	select {
	case err := <-ended:
		t.Fatalf("ended with a request in flight: %v", err)
	default:
	}
	close(release)
	if got := <-status; got != http.StatusOK {
		t.Errorf("the request in flight got %d", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// statusOf returns the status of the URL's answer, or 0 if there is none.
func statusOf(url string) int {
	response, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func waitUntilRefused(t *testing.T, address string) {
	t.Helper()
	for limit := time.Now().Add(5 * time.Second); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		connection.Close()
	}
	t.Fatal("it still takes connections")
}

func TestServeReturnsWithinASecondWhenNothingIsInFlight(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	listener := listen(t)
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, listener, http.NotFoundHandler()) }()
	if got := statusOf("http://" + listener.Addr().String()); got != http.StatusNotFound {
		t.Fatalf("got %d", got)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(time.Second):
		t.Error("still there after a second")
	}
}

func TestServeReportsAClosedListener(t *testing.T) {
	listener := listen(t)
	listener.Close()
	if err := Serve(context.Background(), listener, nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestHealthcheck(t *testing.T) {
	for status, healthy := range map[int]bool{200: true, 204: false, 404: false, 503: false} {
		probed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		if err := Healthcheck(context.Background(), probed.URL); (err == nil) != healthy {
			t.Errorf("%d: got %v", status, err)
		}
		probed.Close()
	}
}

func TestHealthcheckFailsWithoutAServer(t *testing.T) {
	listener := listen(t)
	listener.Close()
	if err := Healthcheck(context.Background(), "http://"+listener.Addr().String()); err == nil {
		t.Error("healthy without a server")
	}
}

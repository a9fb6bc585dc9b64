// Package server starts, stops and probes an HTTP server.
package server

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"time"
)

const (
	headerTimeout   = 5 * time.Second
	responseTimeout = 8 * time.Second
	shutdownTimeout = 9 * time.Second // `docker stop` kills the container after ten
)

// Serve answers requests until ctx is done. Then it accepts no new ones, finishes those in flight and returns nil.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout, WriteTimeout: responseTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return shutDown(server)
	}
}

func shutDown(server *http.Server) error {
	log.Print("asked to stop: finishing the requests in flight")
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.New("requests were still in flight when the time was up")
	}
	log.Print("stopped")
	return nil
}

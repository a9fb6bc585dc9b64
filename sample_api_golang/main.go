// Command api-golang serves the time over HTTP: PostgreSQL's if DATABASE_URL names a server, its own otherwise.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"example.com/api-golang/internal/api"
	"example.com/api-golang/internal/clock"
	"example.com/api-golang/internal/server"
)

const defaultPort = "8080"

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatalf("api-golang: %v", err)
	}
}

// run is main with an error result. Without arguments it serves the API; "healthcheck" asks a running server.
func run(arguments []string) error {
	port, err := portFromEnvironment()
	if err != nil {
		return err
	}
	switch {
	case len(arguments) == 0:
		return serve(port)
	case len(arguments) == 1 && arguments[0] == "healthcheck":
		return server.Healthcheck(context.Background(), "http://127.0.0.1:"+port+"/health")
	default:
		return errors.New("usage: api-golang [healthcheck]")
	}
}

func portFromEnvironment() (string, error) {
	port := os.Getenv("PORT")
	if port == "" {
		return defaultPort, nil
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return "", fmt.Errorf("PORT is %q, and a port is a number from 1 to 65535", port)
	}
	return port, nil
}

// serve answers requests until SIGTERM (what `docker stop` sends) or Ctrl-C, then finishes those in flight.
func serve(port string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	source, err := clock.FromEnvironment(ctx)
	if err != nil {
		return err
	}
	defer source.Close()

	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	router := api.NewRouter(source)
	api.Warn(router, listener)
	log.Printf("listening on port %s, the time comes from %s", port, source.Name())
	return server.Serve(ctx, listener, router)
}

// Command service answers /health. It listens on ADDRESS, and finishes on SIGTERM.
//
// With a certificate in /pki, it first connects to a TLS server: it needs the certificate authority that signed it.
// Its response then says so.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

const pki = "/pki"

func main() {
	if len(os.Args) == 3 && os.Args[1] == "issue" {
		check(issue(os.Args[2]))
		return
	}
	greeting, _ := os.ReadFile("/greeting.txt")
	if _, err := os.Stat(pki); err == nil {
		check(connect())
		greeting = append(greeting, "connected over TLS"...)
	}
	check(serve(string(greeting)))
}

// connect makes a TLS connection to a server with the certificate in /pki, and verifies it as every Go program does.
func connect() error {
	certificate, err := tls.LoadX509KeyPair(pki+"/server.pem", pki+"/server.key")
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:8443", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		return err
	}
	go http.Serve(listener, http.NotFoundHandler())
	_, err = http.Get("https://127.0.0.1:8443/")
	return err
}

func serve(greeting string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	address := os.Getenv("ADDRESS")
	if address == "" {
		address = ":8080"
	}
	server := &http.Server{Addr: address}
	http.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok", greeting) })
	go func() {
		<-ctx.Done()
		server.Shutdown(context.Background())
	}()
	log.Printf("listening on %s", address)
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		return err
	}
	return nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

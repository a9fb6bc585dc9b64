// Command modules answers /health, and says whether its log is a terminal.
package main

import (
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/mattn/go-isatty"
)

func main() {
	log.Printf("log is a terminal: %t", isatty.IsTerminal(os.Stderr.Fd()))
	http.HandleFunc("/health", func(http.ResponseWriter, *http.Request) {})
	go func() { log.Fatal(http.ListenAndServe(":8080", nil)) }()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
}

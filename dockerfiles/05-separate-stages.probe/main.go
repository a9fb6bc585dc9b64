// Command probe tries what a program may need from its image, and prints a line of JSON for each attempt.
package main

import (
	"encoding/json"
	"net"
	"os"
	"os/user"
	"time"
)

type result struct {
	Check string `json:"check"`
	Error string `json:"error"` // "" if it worked
}

// With the argument "authority", it prints the certificate of the authority that signs its server's certificate.
func main() {
	if len(os.Args) > 1 && os.Args[1] == "authority" {
		os.Stdout.Write(authorityPEM())
		return
	}
	output := json.NewEncoder(os.Stdout)
	report := func(check string, err error) {
		line := result{Check: check}
		if err != nil {
			line.Error = err.Error()
		}
		output.Encode(line)
	}
	report("HTTPS", requestHTTPS())
	report("time zones", loadTimeZone())
	report("users", lookUpUser())
	report("temp files", writeTemporaryFile())
	report("DNS", lookUpHost())
}

func loadTimeZone() error {
	_, err := time.LoadLocation("Europe/Paris")
	return err
}

func lookUpUser() error {
	_, err := user.Lookup("nonroot")
	return err
}

func writeTemporaryFile() error {
	file, err := os.CreateTemp("", "probe")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	return file.Close()
}

// lookUpHost looks up a name that only the engine's DNS server knows, if there is one.
func lookUpHost() error {
	name := os.Getenv("PROBE_HOST")
	if name == "" {
		name = "localhost"
	}
	_, err := net.LookupHost(name)
	return err
}

package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestPortFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		value, want string
		fails       bool
	}{
		{value: "", want: "8080"},
		{value: "1", want: "1"},
		{value: "65535", want: "65535"},
		{value: "0", fails: true},
		{value: "65536", fails: true},
		{value: "-1", fails: true},
		{value: "http", fails: true},
	} {
		t.Run("PORT="+c.value, func(t *testing.T) {
			t.Setenv("PORT", c.value)
			port, err := portFromEnvironment()
			if port != c.want || (err != nil) != c.fails {
				t.Errorf("got %q, %v", port, err)
			}
		})
	}
}

func TestRunReportsAnInvalidPort(t *testing.T) {
	t.Setenv("PORT", "http")
	if err := run(nil); err == nil || !strings.Contains(err.Error(), `"http"`) {
		t.Errorf("got %v", err)
	}
}

func TestRunReportsItsUsage(t *testing.T) {
	for _, arguments := range [][]string{{"serve"}, {"healthcheck", "now"}} {
		if err := run(arguments); err == nil || !strings.HasPrefix(err.Error(), "usage:") {
			t.Errorf("%v: got %v", arguments, err)
		}
	}
}

func TestRunFailsIfThePortIsInUse(t *testing.T) {
	taken, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	t.Setenv("PORT", port)
	t.Setenv("DATABASE_URL", "")
	if err := run(nil); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

func TestHealthcheckRequestsHealthOnThePort(t *testing.T) {
	asked := ""
	probed := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked = r.URL.Path }))
	defer probed.Close()
	address, _ := url.Parse(probed.URL)
	t.Setenv("PORT", address.Port())
	if err := run([]string{"healthcheck"}); err != nil || asked != "/health" {
		t.Errorf("asked %q, got %v", asked, err)
	}
}

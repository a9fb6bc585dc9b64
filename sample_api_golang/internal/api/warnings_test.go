package api

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
)

// warned returns what Warn writes in the given mode. It checks that Warn leaves the listener open.
func warned(t *testing.T, mode string) string {
	t.Helper()
	writer := gin.DefaultWriter
	t.Cleanup(func() {
		gin.SetMode(gin.TestMode)
		gin.DefaultWriter = writer
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	router, log := gin.New(), &bytes.Buffer{}
	gin.SetMode(mode)
	gin.DefaultWriter = log
	Warn(router, listener)
	if err := listener.Close(); err != nil {
		t.Errorf("the listener was closed: %v", err)
	}
	return log.String()
}

func TestGinWarnsInDebugMode(t *testing.T) {
	if log := warned(t, gin.DebugMode); !strings.Contains(log, "[GIN-debug] [WARNING] You trusted all proxies") {
		t.Errorf("got %q", log)
	}
}

func TestGinIsSilentInReleaseMode(t *testing.T) {
	if log := warned(t, gin.ReleaseMode); log != "" {
		t.Errorf("got %q", log)
	}
}

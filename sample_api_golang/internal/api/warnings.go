package api

import (
	"net"

	"github.com/gin-gonic/gin"
)

// Warn makes Gin write its warnings about the router's settings to its debug log.
//
// Gin checks the settings only when it starts a server itself, and Gin's own server can't be stopped without dropping
// requests in flight. So Warn starts one that no client reaches: it has the listener's address but no connections.
func Warn(router *gin.Engine, listener net.Listener) {
	if !gin.IsDebugging() {
		return
	}
	started := make(chan struct{})
	go func() { _ = router.RunListener(unreachable{listener, started}) }()
	<-started
}

type unreachable struct {
	net.Listener
	started chan struct{}
}

// Accept blocks forever. The call itself shows that Gin has written its warnings.
func (u unreachable) Accept() (net.Conn, error) {
	close(u.started)
	select {}
}

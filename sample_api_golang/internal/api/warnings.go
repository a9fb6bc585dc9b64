package api

import (
	"net"

	"github.com/gin-gonic/gin"
)

// Warn has Gin write its warnings about the router's settings to its debug log.
//
// Gin looks at them only when it starts a server itself, and a server of Gin's cannot be stopped without dropping what is
// in flight. So Gin starts one here that nobody ever reaches: it has the listener's address and none of its connections.
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

// Accept waits for ever; that it is asked at all says that Gin has written what it had to write.
func (u unreachable) Accept() (net.Conn, error) {
	close(u.started)
	select {}
}

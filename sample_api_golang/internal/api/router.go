// Package api defines the paths of the API and their answers.
package api

import (
	"context"
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/api-golang/internal/clock"
)

const (
	databaseTimeout = 2 * time.Second
	slowest         = 5 * time.Second // less than the server's response timeout and the ten seconds of `docker stop`
)

// NewRouter returns the whole API, with the time from the given clock.
func NewRouter(source clock.Clock) *gin.Engine {
	router := gin.Default()

	router.GET("/", now(source))
	router.GET("/ping", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"message": "pong"}) })
	router.GET("/health", func(c *gin.Context) { c.JSON(http.StatusOK, gin.H{"status": "ok"}) })
	router.GET("/slow", slow)
	return router
}

func now(source clock.Clock) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), databaseTimeout)
		defer cancel()
		now, err := source.Now(ctx)
		if err != nil {
			log.Printf("no time from %s: %v", source.Name(), err) // in the log only: it may contain hosts and users
			c.JSON(http.StatusServiceUnavailable, gin.H{"error": "no time from " + source.Name()})
			return
		}
		c.JSON(http.StatusOK, gin.H{"api": "golang", "now": now, "source": source.Name()})
	}
}

// slow answers after ?seconds=…, so that you can see what happens to a request in flight.
func slow(c *gin.Context) {
	seconds, err := strconv.ParseFloat(c.DefaultQuery("seconds", "1"), 64)
	if err != nil || !(seconds >= 0 && seconds <= slowest.Seconds()) { // written so that NaN is rejected too
		c.JSON(http.StatusBadRequest, gin.H{"error": "seconds must be a number from 0 to 5"})
		return
	}
	select {
	case <-time.After(time.Duration(seconds * float64(time.Second))):
		c.JSON(http.StatusOK, gin.H{"message": "done", "seconds": seconds})
	case <-c.Request.Context().Done(): // the client has left
	}
}

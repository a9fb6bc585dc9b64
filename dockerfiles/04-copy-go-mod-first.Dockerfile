# One version of Go on one release of Debian: the next of either does not come by itself.
FROM golang:1.19-bullseye

WORKDIR /app

# Only what the download depends on: while these two files stay the same, it is taken from the cache.
COPY go.mod go.sum ./

# The modules that go.mod asks for.
RUN go mod download

# What changes often comes after what changes seldom.
COPY . .

# Compiled once, here, and not at every start.
RUN go build -o api-golang

# The binary itself is the first process, so SIGTERM reaches it.
CMD ["./api-golang"]

# One version of Go on one release of Debian: the next of either does not come by itself.
FROM golang:1.19-bullseye AS build

# Here it is set for the compiler alone: the image begins at the last FROM.
ENV GIN_MODE=release
ENV PORT=8080

WORKDIR /app

# Only what the download depends on: while these two files stay the same, it is taken from the cache.
COPY go.mod go.sum ./

# The modules that go.mod asks for.
RUN go mod download

# What changes often comes after what changes seldom.
COPY . .

# Compiled with all it needs inside: where it is going there is not even a C library.
RUN go build \
    -ldflags="-linkmode external -extldflags -static" \
    -tags netgo \
    -o api-golang

# A new beginning, with nothing in it at all.
FROM scratch

# Of the stage above only this one file is kept.
COPY --from=build /app/api-golang /api-golang

# The binary itself is the first process, so SIGTERM reaches it.
CMD ["/api-golang"]

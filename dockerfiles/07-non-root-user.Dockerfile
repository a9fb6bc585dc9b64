# One version of Go on one release of Debian: the next of either does not come by itself.
FROM golang:1.19-bullseye AS build

# scratch cannot make a user, so this stage does; and first, since it never changes.
RUN useradd -u 1001 nonroot

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

# Who nonroot is: a name means something only with this file.
COPY --from=build /etc/passwd /etc/passwd

# The one file that the stage above was for.
COPY --from=build /app/api-golang /api-golang

# From here on, and when the container runs: not root.
USER nonroot

# Here, in the stage that becomes the image: no debug output, and the port it listens on.
ENV GIN_MODE=release
ENV PORT=8080

# The binary itself is the first process, so SIGTERM reaches it.
CMD ["/api-golang"]

# Pinned to Go 1.19 on Debian 11: Go 1.20 or Debian 12 never arrives on its own.
FROM golang:1.19-bullseye AS build

WORKDIR /app

# The download needs only these two files. While they stay the same, it comes from the cache.
COPY go.mod go.sum ./

# Download the modules that go.mod requires.
RUN go mod download

# The source changes often, so it's copied after the modules are downloaded.
COPY . .

# Link statically: the final image has no C library.
RUN go build \
    -ldflags="-linkmode external -extldflags -static" \
    -tags netgo \
    -o api-golang

# The final stage starts from an empty image.
FROM scratch

# Copy only the binary from the build stage.
COPY --from=build /app/api-golang /api-golang

# Turn off debug output and set the port. This belongs in the final stage: only its variables are in the image.
ENV GIN_MODE=release
ENV PORT=9090

# The binary is the container's first process, so it receives SIGTERM.
CMD ["/api-golang"]

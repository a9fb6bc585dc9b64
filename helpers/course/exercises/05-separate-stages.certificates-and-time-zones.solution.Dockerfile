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

# The certificates of the authorities that the system trusts, where Go looks for them.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt

# The time zones. ZONEINFO names the file, so its path doesn't matter.
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
ENV ZONEINFO=/zoneinfo.zip

# The binary is the container's first process, so it receives SIGTERM.
CMD ["/api-golang"]

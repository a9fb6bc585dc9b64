# Pinned to Go 1.19 on Debian 11. If you have a registry, add the digest too, and let a bot update it.
FROM golang:1.19-bullseye AS build

WORKDIR /app

# The download needs only these two files. While they stay the same, it comes from the cache.
COPY go.mod go.sum ./

# Download the modules that go.mod requires into a cache mount. It outlives the build and isn't in any layer.
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download

# The source changes often, so it's copied after the modules are downloaded.
COPY . .

# Without cgo, there's no C library to link. Leave build paths, symbols and debug tables out of the binary.
# The modules are only in the cache mount, so it's needed here too. The second mount keeps compiled packages.
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build \
    -trimpath \
    -ldflags="-s -w" \
    -o api-golang

# The final stage starts from an empty image.
FROM scratch

# The CA certificates that TLS needs, for example to connect to a managed database.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt

# Copy the binary from the build stage.
COPY --from=build /app/api-golang /api-golang

# User and group as numbers: they need no /etc/passwd, and an orchestrator can tell that they aren't root.
USER 1001:1001

# Turn off debug output and set the port. This belongs in the final stage: only its variables are in the image.
ENV GIN_MODE=release
ENV PORT=8080

# Describe the image, under the keys that the OCI defines. Labels belong in the final stage.
LABEL org.opencontainers.image.title="api-golang" \
      org.opencontainers.image.description="Tells the time over HTTP" \
      org.opencontainers.image.licenses="MIT"

# Document the port that the server listens on. This doesn't publish it.
EXPOSE 8080

# The binary checks its own /health: the image has no curl, and no shell to run it.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
    CMD ["/api-golang", "healthcheck"]

# The binary is the container's first process, so it receives SIGTERM.
CMD ["/api-golang"]

# The commit that the image was built from. It differs in every build, so it comes last.
ARG REVISION=unknown
LABEL org.opencontainers.image.revision=$REVISION

# One version of Go on one release of Debian. Where a registry is at hand, add its digest and let a bot move it.
FROM golang:1.19-bullseye AS build

WORKDIR /app

# Only what the download depends on: while these two files stay the same, it is taken from the cache.
COPY go.mod go.sum ./

# The modules that go.mod asks for, into a folder that outlives the build and is in no layer.
RUN --mount=type=cache,target=/go/pkg/mod \
    go mod download

# What changes often comes after what changes seldom.
COPY . .

# Without C there is nothing to link statically. No paths of this stage, no symbols, no debug tables in the binary.
# The modules are in the mount and nowhere else, so it is here too; the second keeps what the compiler made before.
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build \
    -trimpath \
    -ldflags="-s -w" \
    -o api-golang

# A new beginning, with nothing in it at all.
FROM scratch

# Whom to trust over TLS: a database in the cloud is behind it.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt

# The one file that the stage above was for.
COPY --from=build /app/api-golang /api-golang

# User and group as numbers: they need no /etc/passwd, and an orchestrator can see that they are not root.
USER 1001:1001

# Here, in the stage that becomes the image: no debug output, and the port it listens on.
ENV GIN_MODE=release
ENV PORT=8080

# What it is, for people and tools: the keys that the OCI names, in the stage that becomes the image.
LABEL org.opencontainers.image.title="api-golang" \
      org.opencontainers.image.description="Tells the time over HTTP" \
      org.opencontainers.image.licenses="MIT"

# Says which port it listens on. It opens none.
EXPOSE 8080

# The binary asks itself: there is no curl here, and no shell that could call one.
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s --retries=3 \
    CMD ["/api-golang", "healthcheck"]

# The binary itself is the first process, so SIGTERM reaches it.
CMD ["/api-golang"]

# Which commit it was built from: another one each time, so it comes last.
ARG REVISION=unknown
LABEL org.opencontainers.image.revision=$REVISION

# Pinned to Go 1.19 on Debian 11: Go 1.20 or Debian 12 never arrives on its own.
FROM golang:1.19-bullseye AS build

# The commit that the image was built from, declared first.
ARG REVISION=unknown

# scratch has no tool to create a user, so create it here. It comes first because it never changes.
RUN useradd -u 1001 nonroot

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

# The engine looks up a user name in the image's own /etc/passwd.
COPY --from=build /etc/passwd /etc/passwd

# Copy the binary from the build stage.
COPY --from=build /app/api-golang /api-golang

# Run as this user, not as root.
USER nonroot

# Turn off debug output and set the port. This belongs in the final stage: only its variables are in the image.
ENV GIN_MODE=release
ENV PORT=8080

# Describe the image, under the keys that the OCI defines. Labels belong in the final stage.
LABEL org.opencontainers.image.title="api-golang" \
      org.opencontainers.image.description="Tells the time over HTTP" \
      org.opencontainers.image.licenses="MIT"

# Document the port that the server listens on. This doesn't publish it.
EXPOSE 8080

# The binary is the container's first process, so it receives SIGTERM.
CMD ["/api-golang"]

# Each stage must declare the argument again.
ARG REVISION
LABEL org.opencontainers.image.revision=$REVISION

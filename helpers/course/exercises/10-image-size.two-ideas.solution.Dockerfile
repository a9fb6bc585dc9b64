# Pinned to Go 1.19 on Debian 11: Go 1.20 or Debian 12 never arrives on its own.
FROM golang:1.19-bullseye AS build

WORKDIR /app

# Copy the whole project folder.
COPY . .

# Download the modules that go.mod requires.
RUN go mod download

# Link statically: the final image has no C library.
RUN go build \
    -ldflags="-linkmode external -extldflags -static" \
    -tags netgo \
    -o api-golang

# The final stage starts from an empty image.
FROM scratch

# Copy only the binary from the build stage.
COPY --from=build /app/api-golang /api-golang

# The binary is the container's first process, so it receives SIGTERM.
CMD ["/api-golang"]

# Pinned to Go 1.19 on Debian 11: Go 1.20 or Debian 12 never arrives on its own.
FROM golang:1.19-bullseye

WORKDIR /app

# The download needs only these two files. While they stay the same, it comes from the cache.
COPY go.mod go.sum ./

# Download the modules that go.mod requires.
RUN go mod download

# The source changes often, so it's copied after the modules are downloaded.
COPY . .

# Compile once, while the image is built, instead of at every start.
RUN go build -o api-golang

# The binary is the container's first process, so it receives SIGTERM.
CMD ["./api-golang"]

# Pinned to Go 1.19 on Debian 11: Go 1.20 or Debian 12 never arrives on its own.
FROM golang:1.19-bullseye

WORKDIR /app

# Copy the whole project folder.
COPY . .

# Download the modules that go.mod requires.
RUN go mod download

# Compile once, while the image is built, instead of at every start.
RUN go build -o api-golang

# The binary is the container's first process, so it receives SIGTERM.
CMD ["./api-golang"]

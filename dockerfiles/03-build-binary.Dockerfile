# One version of Go on one release of Debian: the next of either does not come by itself.
FROM golang:1.19-bullseye

WORKDIR /app

# The whole folder, in one go.
COPY . .

# The modules that go.mod asks for.
RUN go mod download

# Compiled once, here, and not at every start.
RUN go build -o api-golang

# The binary itself is the first process, so SIGTERM reaches it.
CMD ["./api-golang"]

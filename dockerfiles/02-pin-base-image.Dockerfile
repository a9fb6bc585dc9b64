# One version of Go on one release of Debian: the next of either does not come by itself.
FROM golang:1.19-bullseye

WORKDIR /app

# The whole folder, in one go.
COPY . .

# The modules that go.mod asks for.
RUN go mod download

# Compiles the API, then starts it: every time anew.
CMD ["go", "run", "./main.go"]

# One version of Go on one release of Debian, and no other tomorrow.
FROM golang:1.19-bullseye

WORKDIR /app

# The whole folder, in one go.
COPY . .

# The modules that go.mod asks for.
RUN go mod download

# Compiles the API, then starts it: every time anew.
CMD ["go", "run", "./main.go"]

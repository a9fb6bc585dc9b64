# Pinned to Go 1.19 on Debian 11, so a new release of either never arrives on its own.
FROM golang:1.19-bullseye

WORKDIR /app

# Copy the whole project folder.
COPY . .

# Download the modules that go.mod requires.
RUN go mod download

# Compile the API and start it, every time a container starts.
CMD ["go", "run", "./main.go"]

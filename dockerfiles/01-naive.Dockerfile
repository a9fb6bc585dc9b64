# The newest Go, whichever version that is today.
FROM golang

WORKDIR /app

# Copy the whole project folder.
COPY . .

# Download the modules that go.mod requires.
RUN go mod download

# Compile the API and start it, every time a container starts.
CMD ["go", "run", "./main.go"]

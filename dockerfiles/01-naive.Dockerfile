# The newest Go there is, whatever that is today.
FROM golang

WORKDIR /app

# The whole folder, in one go.
COPY . .

# The modules that go.mod asks for.
RUN go mod download

# Compiles the API, then starts it: every time anew.
CMD ["go", "run", "./main.go"]

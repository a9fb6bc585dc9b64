# The same program, with an answer to each of the four questions.
FROM golang:1.19-bullseye

WORKDIR /app

# The download needs only this file, so it's cached after an edit of the source.
COPY go.mod ./
RUN go mod download

COPY . .
RUN go build -o coin

# A number needs no /etc/passwd.
USER 1001:1001

# The program is process 1, so it receives SIGTERM.
CMD ["./coin"]

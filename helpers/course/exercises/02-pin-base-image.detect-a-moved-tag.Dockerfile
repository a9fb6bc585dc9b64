FROM golang:1.19-bullseye
WORKDIR /app
COPY . .
RUN go mod download
CMD ["go", "run", "./main.go"]

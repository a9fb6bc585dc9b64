FROM golang:1.19-bullseye
WORKDIR /app
COPY . .
RUN go mod download
RUN go build -o api-golang
CMD ["sh", "-c", "echo starting; ./api-golang"]

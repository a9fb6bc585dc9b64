FROM golang:1.19-bullseye
WORKDIR /app
COPY go.mod go.sum ./
RUN go mod download
RUN go build github.com/gin-gonic/gin github.com/jackc/pgx/v5/pgxpool
COPY . .
RUN go build -o api-golang
CMD ["./api-golang"]

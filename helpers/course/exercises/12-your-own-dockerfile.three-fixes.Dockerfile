# It works. Three of this section's four questions find something to fix.
FROM golang:1.19-bullseye

WORKDIR /app

COPY . .
RUN go mod download
RUN go build -o coin

CMD echo "starting the coin"; ./coin; echo "the coin has ended"

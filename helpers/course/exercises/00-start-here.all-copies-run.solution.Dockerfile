FROM scratch
COPY main.go /
COPY --from=golang /usr/local/go/VERSION /newest
COPY --from=golang:1.19-bullseye /usr/local/go/VERSION /pinned

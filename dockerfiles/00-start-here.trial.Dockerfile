# Nothing is below: an empty image.
FROM scratch

# One small file out of each of the course's two base images. It says which Go that image holds.
COPY --from=golang /usr/local/go/VERSION /newest
COPY --from=golang:1.19-bullseye /usr/local/go/VERSION /pinned

# One file of the sample API.
COPY main.go /

# Start from an empty image.
FROM scratch

# One small file from each of the course's two base images: the version of Go in that image.
COPY --from=golang /usr/local/go/VERSION /newest
COPY --from=golang:1.19-bullseye /usr/local/go/VERSION /pinned

# One file from the sample API.
COPY main.go /

"""For each claim of sections 06 to 13, a Dockerfile that makes it false."""

from tests.claims.mutation import Mutation, append, both, swap

_MODULES = "--mount=type=cache,target=/go/pkg/mod \\\n    "
_COMPILED = "--mount=type=cache,target=/root/.cache/go-build \\\n    "
_ON_GO_BUILD = f"RUN {_MODULES}{_COMPILED}go build"
# Part of the cache mount is copied into a layer, and from there into the image.
_CACHE_IN_THE_IMAGE = both(
    swap("-o api-golang\n", "-o api-golang && cp -r /go/pkg/mod/github.com/gin-gonic /kept\n"),
    append("COPY --from=build /kept /go/pkg/mod/github.com/gin-gonic"),
)
_SECOND_BINARY = append("COPY --from=build /app /app")
_COMPILED_IN_THE_BUILD = both(
    swap("RUN go mod download", "RUN go mod download && go build -o api-golang"),
    swap('CMD ["go", "run", "./main.go"]', 'CMD ["./api-golang"]'),
)
# What `setcap cap_net_bind_service+ep` does, in Go because the build stage has no setcap.
# The format of the attribute is vfs_cap_data in linux/capability.h.
_A_CAPABILITY = swap(
    "\nFROM scratch\n",
    r"""
RUN printf 'package main\n import "syscall"\n func main() { \
    data := []byte{1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}\n \
    if err := syscall.Setxattr("/app/api-golang", "security.capability", data, 0); err != nil { panic(err) } }' \
    > /tmp/setcap.go && go run /tmp/setcap.go

FROM scratch
""",
)

# A program named sh that does nothing, because the build stage has no static shell
_A_SHELL = r"""
RUN printf 'package main\n func main() {}' > /tmp/sh.go && CGO_ENABLED=0 go build -ldflags="-s -w" -o /sh /tmp/sh.go

FROM scratch
COPY --from=build /sh /bin/sh
"""


MUTATIONS = (
    # 06: the program's settings are part of the image
    Mutation("06", "debug lines that section 05", swap("GIN_MODE=release", "GIN_MODE=debug"), also=("still true",)),
    Mutation("06", "still true", swap("ENV GIN_MODE=release\n", ""), also=("debug lines that section 05",)),
    Mutation("06", "which port", swap("ENV PORT=8080\n", "")),
    Mutation(
        "06",
        "the container exits",
        both(
            swap("FROM scratch", "FROM golang:1.19-bullseye"),
            swap('CMD ["/api-golang"]', 'CMD ["sh", "-c", "GIN_MODE=release exec /api-golang"]'),
        ),
        also=("no byte",),
    ),
    Mutation("06", "no byte", append("COPY --from=build /etc/passwd /copied")),
    Mutation("06", "In the build stage", append("ENV GIN_MODE=release"), where="env-in-build-stage"),
    # 07: the process is not root
    Mutation("07", "On the host", swap("useradd -u 1001", "useradd -u 1002")),
    Mutation("07", "bounding set", _A_CAPABILITY),
    Mutation(
        "07",
        "in the image's /etc/passwd",
        swap("USER nonroot", "COPY --from=build /etc/passwd /etc/passwd\nUSER nonroot"),
        where="name-without-passwd",
    ),
    Mutation("07", "group 0, root's", swap("USER 1001", "USER 1001:1001"), where="number-without-group"),
    Mutation("07", "runAsNonRoot", swap("USER nonroot", "USER 1001:1001")),
    # 08: an image that describes itself
    Mutation("08", "title, description", swap("image.licenses", "image.vendor")),
    Mutation("08", "Set in the build stage", append('LABEL late="true"'), where="label-in-build-stage"),
    Mutation(
        "08",
        "docker commit",
        swap("FROM scratch AS copied\nCOPY --from=described / /", "FROM described AS copied"),
        where="more-stages",
    ),
    Mutation("08", "EXPOSE 8080 is documentation", swap("EXPOSE 8080\n", "")),
    Mutation("08", "new revision", swap("RUN go build", "ARG REVISION=unknown\nRUN go build")),
    # 09: a cache mount on every RUN that needs it
    Mutation(
        "09",
        "downloads the modules again",
        swap("RUN go build", f"RUN {_MODULES}go build"),
        where="mount-on-download-only",
    ),
    Mutation("09", "no module is downloaded", swap(_ON_GO_BUILD, f"RUN {_COMPILED}go build")),
    Mutation("09", "a third", swap(_ON_GO_BUILD, f"RUN {_MODULES}go build")),
    Mutation("09", "aren't in the image", _CACHE_IN_THE_IMAGE),
    # 10: the first Dockerfile and the ninth
    Mutation("10", "forty times", _SECOND_BINARY, where="09-cache-mount"),
    Mutation("10", "ten times sooner", _COMPILED_IN_THE_BUILD, where="01-naive"),
    Mutation("10", "package managers", append("COPY --from=build /bin/sh /bin/sh"), where="09-cache-mount"),
    Mutation("10", "as root", swap("USER nonroot\n", ""), where="09-cache-mount"),
    # 11: the Dockerfile that its author would ship
    Mutation("11", "smaller than 12 MB", swap('    -ldflags="-s -w" \\\n', "")),
    Mutation("11", "read-only root", _A_CAPABILITY),
    Mutation("11", "as numbers", swap("USER 1001:1001", "USER 1001")),
    Mutation("11", "TLS handshake", swap("/etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/", "/etc/hosts /etc/ssl/")),
    Mutation(
        "11", "health check", swap('CMD ["/api-golang", "healthcheck"]', "CMD curl -f http://localhost:8080/health")
    ),
    Mutation(
        "11", "no shell to debug", swap("\nFROM scratch\n", _A_SHELL), also=("smaller than 12 MB", "health check")
    ),
    Mutation(
        "11",
        "build argument",
        both(
            swap("FROM golang:1.19-bullseye\n", "FROM golang:1.19-bullseye AS build\n"),
            append("FROM golang:1.19-bullseye\nCOPY --from=build /etc/hostname /etc/hostname"),
        ),
        where="token-as-argument",
    ),
    Mutation("11", "labels", swap("org.opencontainers.image.", "org.example.")),
    Mutation("11", "no module is downloaded", swap(f"RUN {_MODULES}{_COMPILED}CGO", f"RUN {_COMPILED}CGO")),
    Mutation("11", "newest golang", swap('CMD ["/api-golang"]', 'CMD ["/api-golang", "--unknown"]'), where="newest-go"),
    # 12: claims for any project
    Mutation(
        "12",
        "answers with 200",
        swap('CMD ["./coin"]', 'CMD ["false"]'),
        also=("as root", "On SIGTERM"),
    ),
    Mutation("12", "not every RUN", swap("FROM golang:1.19-bullseye\n", "FROM golang:1.19-bullseye\nCOPY . /app\n")),
    Mutation("12", "as root", swap("USER 1001:1001\n", "")),
    Mutation("12", "On SIGTERM", swap('CMD ["./coin"]', 'CMD ["sh", "-c", "./coin; true"]')),
    # 13: each mutation repairs one case, or breaks one solution
    Mutation("13", "make the build fail", swap("COPY greeting.txt /\n", ""), where="excluded-file"),
    Mutation("13", "noticed when", swap("USER nonroot\n", ""), where="unknown-user"),
    Mutation("13", "end the server after", swap("GIN_MODE=relaese", "GIN_MODE=debug"), where="gin-mode"),
    Mutation("13", "doesn't answer this machine", swap("127.0.0.1:8080", ":8080"), where="loopback"),
    Mutation("13", "doesn't react to SIGTERM", swap("; /service;", "; exec /service;"), where="ignored-signal"),
    Mutation("13", "With its solution", swap("release", "relaese"), where="gin-mode.solution"),
)

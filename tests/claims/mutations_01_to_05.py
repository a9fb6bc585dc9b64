"""For each claim of sections 00 to 05, a Dockerfile that makes it false."""

from tests.claims.mutation import Change, Mutation, append, both, swap

_GO_RUN = 'CMD ["go", "run", "./main.go"]'
_BINARY = 'CMD ["./api-golang"]'
_MODULES_FIRST = both(
    swap("COPY . .", "COPY go.mod go.sum ./"), swap("RUN go mod download", "RUN go mod download\n\nCOPY . .")
)
_STATIC = '    -ldflags="-linkmode external -extldflags -static" \\\n'
# Debian without everything that `go run` does not need, as a single layer, so that no earlier layer keeps the files.
_LEAN_BASE = """FROM golang AS whole
RUN rm -rf /usr/lib/gcc /usr/libexec/gcc /usr/include /usr/share /usr/lib/git-core /usr/lib/llvm* /usr/lib/python3* \
    /usr/local/go/test /usr/local/go/api /usr/local/go/doc /var/lib /var/cache

FROM scratch
COPY --from=whole / /
ENV PATH=/usr/local/go/bin:/usr/bin:/bin CGO_ENABLED=0 GOPATH=/go GOTOOLCHAIN=local
"""


def _nothing_to_run() -> Change:
    return lambda text: "FROM scratch\nLABEL empty=true\n"


MUTATIONS = (
    # 00: what the engine must be able to do
    Mutation("00", "reports what each", _nothing_to_run(), where="trial", also=("Both base", "no instruction")),
    Mutation("00", "Both base images", swap("/pinned", "/elsewhere"), where="trial"),
    Mutation(
        "00", "no instruction runs again", swap("FROM scratch\n", "FROM scratch\nCOPY main.go /first\n"), where="trial"
    ),
    # 01: it works, and compiles at every start
    Mutation("01", "answers /health", swap(_GO_RUN, 'CMD ["go", "version"]'), also=("more than a second",)),
    Mutation("01", "800 MB", swap("FROM golang\n", _LEAN_BASE)),
    Mutation(
        "01",
        "dozens of packages",
        swap(_GO_RUN, f"RUN go build -o /dev/null ./main.go\n{_GO_RUN}"),
        also=("more than a second",),
    ),
    Mutation(
        "01",
        "more than a second",
        swap(_GO_RUN, 'RUN go build -o api-golang\nCMD ["./api-golang"]'),
        also=("dozens of packages",),
    ),
    # 02: the base image is pinned
    Mutation(
        "02",
        "different versions",
        swap("WORKDIR /app", "COPY --from=golang /usr/local/go /usr/local/go\nWORKDIR /app"),
    ),
    Mutation("02", "build from the digest", swap("golang:1.19-bullseye", "golang"), where="by-digest"),
    Mutation("02", "make builds faster", _MODULES_FIRST),
    # 03: the binary is built once
    Mutation("03", "ten times sooner", swap(_BINARY, 'CMD ["sh", "-c", "sleep 8; exec ./api-golang"]')),
    Mutation("03", "longest instruction", swap("RUN go build", "RUN go vet ./...\n\nRUN go build")),
    Mutation(
        "03",
        "not smaller",
        both(swap("RUN go mod download\n", ""), swap("-o api-golang", "-o api-golang && go clean -cache -modcache")),
    ),
    Mutation("03", "On SIGTERM", swap(_BINARY, """CMD ["sh", "-c", "trap 'exit 3' TERM; ./api-golang & wait"]""")),
    # 04: what changes rarely comes first
    Mutation("04", "go mod download comes", swap("COPY go.mod go.sum ./", "COPY . .")),
    Mutation("04", "the same size", append("RUN cp -r /go/pkg/mod /tmp/modules")),
    Mutation("04", "that .dockerignore lists", append("RUN find . -type f ! -name api-golang -delete")),
    # 05: only the binary is shipped
    Mutation("05", "alone in its image", swap(_STATIC, "")),
    Mutation("05", "fifty times", append("COPY --from=build /go/pkg/mod /modules")),
    Mutation("05", "no shell", append("COPY --from=build /bin/dash /bin/sh")),
    Mutation("05", "no CA certificates", append("COPY --from=build /etc/passwd /etc/passwd")),
    Mutation("05", "save no work", swap("RUN go mod download\n", "")),
    Mutation(
        "05",
        "In an empty image",
        swap("FROM scratch AS nothing\n", "FROM scratch AS nothing\nCOPY --from=build /etc/passwd /etc/\n"),
        where="probe",
        also=("exactly its own check",),
    ),
    Mutation(
        "05",
        "exactly its own check",
        swap("FROM nothing AS users\n", "FROM nothing AS users\nCOPY --from=build /with-tmp/ /\n"),
        where="probe",
    ),
    Mutation("05", "Built with -trimpath", swap("-trimpath ", ""), where="probe"),
    Mutation("05", "On a small base", swap("base-files tzdata", "base-files"), where="probe"),
)

FROM golang:1.19-bullseye AS build

WORKDIR /probe

COPY go.mod *.go ./

# -trimpath leaves the build machine's paths out of the binary, as in section 11.
RUN CGO_ENABLED=0 go build -trimpath -o probe

# The same program with the time zones in it: this tag imports time/tzdata.
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -o probe-with-zones

# The program's own HTTPS server has a certificate of this authority.
RUN ./probe authority >> /etc/ssl/certs/ca-certificates.crt

RUN useradd -u 1001 nonroot && mkdir -p /with-tmp && mkdir -m 1777 /with-tmp/tmp

# Everything below starts from one of these two stages: an empty image with only the program in it.
FROM scratch AS nothing
COPY --from=build /probe/probe /probe
USER 1001:1001
ENTRYPOINT ["/probe"]

FROM scratch AS tzdata-in-binary
COPY --from=build /probe/probe-with-zones /probe
USER 1001:1001
ENTRYPOINT ["/probe"]

FROM nothing AS certificates
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/

FROM nothing AS zones-in-go-folder
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/go/lib/time/

FROM nothing AS zones-by-variable
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /
ENV ZONEINFO=/zoneinfo.zip

FROM nothing AS users
COPY --from=build /etc/passwd /etc/

FROM nothing AS temporary-folder
COPY --from=build /with-tmp/ /

# A small base image like distroless: the files of two Debian packages, certificates, users and /tmp.
FROM build AS packages
RUN mkdir /base && dpkg --listfiles base-files tzdata | tar -c --no-recursion -T - | tar -x -C /base

FROM nothing AS distroless-like
COPY --from=packages /base/ /with-tmp/ /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /etc/passwd /etc/

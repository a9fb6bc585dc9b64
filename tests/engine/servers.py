"""A small HTTP server that runs in the base image without a build; its environment selects how it misbehaves."""

from pathlib import Path

IMAGE = "golang:1.19-bullseye"
# PORT, HOST: where it listens. DELAY: seconds until it does. GRACEFUL: finish the request on SIGTERM; otherwise exit 2.
# BROKEN: seconds in which /health returns 500. /health and /slow (one second) return 200, /broken 500, /moved redirects
# to /health. These also return 200: /endless never ends, /trickle sends a byte a second, /late a byte of its headers a
# second, /huge has 4 MiB. Anything else is 404. Every Debian has perl-base.
COMMAND = ("perl", "-e", Path(__file__).with_name("server.pl").read_text())

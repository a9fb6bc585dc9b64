"""A small HTTP server that runs in the base image without any build, and misbehaves as its environment says."""

from pathlib import Path

IMAGE = "golang:1.19-bullseye"
# PORT, HOST: where it listens. DELAY: seconds until it does. GRACEFUL: finishes its request on SIGTERM, else exits 2.
# BROKEN: seconds in which /health answers 500. /health and /slow (one second) answer 200, /broken 500, /moved redirects
# to /health. A 200 follows on the others too: /endless never ends, /trickle sends a byte a second, /late a byte of its
# head a second, /huge has 4 MiB. Anything else is 404. Every Debian has perl-base.
COMMAND = ("perl", "-e", Path(__file__).with_name("server.pl").read_text())

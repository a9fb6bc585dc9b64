"""A registry on this machine's loopback address that has one image, so that an engine can pull it from a folder."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from helpers.standins.image_layout import MANIFEST, ImageLayout

# The requests of a pull (OCI distribution specification). The image is there under every name.
_PART = re.compile(r"/v2/.+/(?P<kind>manifests|blobs)/(?P<name>[^/]+)")


@contextmanager
def serving(layout: ImageLayout) -> Iterator[str]:
    """The address "127.0.0.1:PORT" at which the image can be pulled during the block, under any name."""

    class Handler(_Handler):
        image = layout

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD requests for the image's manifest and blobs."""

    image: ImageLayout
    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # an engine that tries TLS first must see that this is HTTP
    timeout = 60.0  # seconds; an engine keeps connections open

    def do_GET(self) -> None:
        """Sends /v2/, the manifest or a blob."""
        if self.path == "/v2/":
            self._send_headers(HTTPStatus.OK, "application/json", 0)
            return
        match = _PART.fullmatch(self.path)
        file = self._file(match["kind"], match["name"]) if match else None
        if match and file:
            self._send_file(file, match["kind"] == "manifests")
        else:
            self._send_missing()

    do_HEAD = do_GET

    def _file(self, kind: str, name: str) -> Path | None:
        """The file of the image's part with that digest; every tag is a name of the manifest."""
        parts = [self.image.manifest["config"], *self.image.manifest["layers"]]
        known = {part["digest"] for part in parts} if kind == "blobs" else {self.image.digest}
        digest = self.image.digest if kind == "manifests" and not name.startswith("sha256:") else name
        return self.image.blob(digest) if digest in known else None

    def _send_file(self, path: Path, is_manifest: bool) -> None:
        size = path.stat().st_size
        self._send_headers(HTTPStatus.OK, MANIFEST if is_manifest else "application/octet-stream", size)
        if self.command == "GET":
            with path.open("rb") as file:
                self.wfile.flush()
                self.connection.sendfile(file)

    def _send_missing(self) -> None:
        body = json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "not in this registry"}]}).encode()
        self._send_headers(HTTPStatus.NOT_FOUND, "application/json", len(body))
        if self.command == "GET":
            self.wfile.write(body)

    def _send_headers(self, status: HTTPStatus, content_type: str, size: int) -> None:
        self.send_response(status)
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(size))
        if content_type == MANIFEST:
            self.send_header("Docker-Content-Digest", self.image.digest)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Keeps the requests out of the output."""

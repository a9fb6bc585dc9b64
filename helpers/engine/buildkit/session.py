"""A BuildKit session: a connection on which we are the server and the engine the client.

`POST /session` is upgraded to HTTP/2 without TLS; from then on the engine calls our gRPC services over that socket for
as long as a build refers to the session by its ID. moby/buildkit `session/session.go` is the model.
"""

import asyncio
import threading
import uuid
from types import TracebackType

import docker
import requests
from grpclib._typing import IServable
from grpclib.health.service import Health
from grpclib.server import Server

from helpers.engine.buildkit import filesync
from helpers.engine.buildkit.upgrade import plain_socket, upgraded, with_head

_METHODS = (filesync.METHOD, "/grpc.health.v1.Health/Check")


class Session:
    """Services offered to the engine while the `with` block lasts."""

    def __init__(self, client: docker.DockerClient, services: list[IServable], shared_key: str) -> None:
        self.id = uuid.uuid4().hex
        self._client, self._shared_key = client, shared_key
        self._services = [*services, Health()]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="buildkit-session", daemon=True)
        self._transport: asyncio.BaseTransport | None = None

    def __enter__(self) -> "Session":
        self._response = self._upgrade()
        self._socket, self._received = plain_socket(self._client, self._response)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._response.close()

    def _upgrade(self) -> requests.Response:
        headers = [
            ("X-Docker-Expose-Session-Uuid", self.id),
            ("X-Docker-Expose-Session-Name", "dockerfile-workbook"),
            ("X-Docker-Expose-Session-Sharedkey", self._shared_key),
            *(("X-Docker-Expose-Session-Grpc-Method", method) for method in _METHODS),
        ]
        return upgraded(self._client, "/session", headers)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._connect())
            self._loop.run_forever()
        finally:
            self._end()

    async def _connect(self) -> None:
        server = Server(self._services)

        def protocol() -> asyncio.Protocol:
            return with_head(server._protocol_factory(), self._received)

        self._transport, _ = await self._loop.connect_accepted_socket(protocol, self._socket)

    def _end(self) -> None:
        if self._transport is not None:
            self._transport.close()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

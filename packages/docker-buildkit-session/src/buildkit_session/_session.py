"""A BuildKit session: a connection on which we are the server and the engine the client.

`POST /session` is upgraded to HTTP/2 without TLS; from then on the engine calls our gRPC services over that socket for
as long as a build refers to the session by its ID. moby/buildkit `session/session.go` is the model.
"""

import asyncio
import contextlib
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import docker
from grpclib.health.service import Health

from buildkit_session._compat import Connection, Service, serve
from buildkit_session._http import upgraded

_NAME = "docker-buildkit-session"


@contextlib.contextmanager
def session(client: docker.DockerClient, services: Sequence[Service], shared_key: str) -> Iterator[str]:
    """The ID of a session in which these services are offered to the engine while the `with` block lasts.

    Raises docker.errors.APIError where the engine refuses, requests.RequestException where it does not answer.
    """
    identity = uuid.uuid4().hex
    offered = [*services, Health()]
    headers = [
        ("X-Docker-Expose-Session-Uuid", identity),
        ("X-Docker-Expose-Session-Name", _NAME),
        ("X-Docker-Expose-Session-Sharedkey", shared_key),
        *(("X-Docker-Expose-Session-Grpc-Method", method) for each in offered for method in each.__mapping__()),
    ]
    with upgraded(client, "/session", headers) as connection, _served(offered, connection):
        yield identity


@contextlib.contextmanager
def _served(services: Sequence[Service], connection: Connection) -> Iterator[None]:
    """Serves in a thread of its own, since a notebook's kernel has an event loop that runs already."""
    ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(
        target=lambda: asyncio.run(_serve(services, connection, ready)), name="buildkit-session", daemon=True
    )
    thread.start()
    try:
        loop, end = ready.result()  # raises why it is not served
        try:
            yield
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                loop.call_soon_threadsafe(end.set)
    finally:
        thread.join()


async def _serve(
    services: Sequence[Service],
    connection: Connection,
    ready: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]",
) -> None:
    end = asyncio.Event()
    try:
        transport = await serve(services, connection)
    except BaseException as error:
        ready.set_exception(error)
        return
    ready.set_result((asyncio.get_running_loop(), end))
    await end.wait()
    transport.close()  # asyncio.run then cancels the calls that are still served

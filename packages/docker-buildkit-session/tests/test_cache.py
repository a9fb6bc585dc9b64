"""The build cache over BuildKit's own service, and over the documented API where that service is refused."""

import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from buildkit_session import CacheRecord, build, cache, cache_records, has_buildkit, prune
from docker.errors import APIError

REFUSAL = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


def test_nothing_named_removes_nothing() -> None:
    """BuildKit takes a request without a filter for everything there is."""
    nobody = docker.DockerClient("unix:///nowhere/docker.sock", version="1.41")
    assert prune(nobody, []) == {}


@pytest.mark.parametrize(
    ("time", "nanoseconds"),
    [
        ("2026-11-24T08:00:00.123456789Z", 1795507200123456789),
        ("2026-11-24T10:00:00+02:00", 1795507200000000000),
        ("0001-01-01T00:00:00Z", 0),
        (None, 0),
    ],
)
def test_times_are_nanoseconds(time: str | None, nanoseconds: int) -> None:
    assert cache._nanoseconds_of_text(time) == nanoseconds


def test_the_documented_api_is_asked_for_many_ids_in_several_requests() -> None:
    ids = [str(number) for number in range(2 * cache._IDS + 1)]
    batches = [*cache._batches(ids)]
    assert [len(batch) for batch in batches] == [cache._IDS, cache._IDS, 1]
    assert [each for batch in batches for each in batch] == ids


@pytest.fixture
def guarded(socket_path: str, tmp_path: Path) -> Iterator[docker.DockerClient]:
    """A client behind a proxy that lets only the documented API through."""
    with _proxy(socket_path, tmp_path / "guard.sock"):
        own = docker.DockerClient(f"unix://{tmp_path}/guard.sock", timeout=60)
        yield own
        own.close()


@contextlib.contextmanager
def _proxy(target: str, path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        threading.Thread(target=_accept, args=(listening, target), daemon=True).start()
        yield
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, target: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            near, far = listening.accept()[0], socket.socket(socket.AF_UNIX)
            far.connect(target)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(source, sink, near), daemon=True).start()


def _copy(source: socket.socket, sink: socket.socket, near: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            if source is near and b"/grpc " in piece.partition(b"\r\n")[0]:
                body = json.dumps({"message": "page not found"}).encode()
                near.sendall(REFUSAL % (len(body), body))
            else:
                sink.sendall(piece)
        sink.shutdown(socket.SHUT_RDWR)


def made(client: docker.DockerClient, base: str, folder: Path) -> set[str]:
    """The IDs of the records that a new build leaves."""
    before, nonce = {record.id for record in cache_records(client)}, uuid.uuid4().hex
    text = f"FROM {base} AS one\nCOPY . /{nonce}\nRUN echo {nonce} > /a\nRUN cat /a > /b\n"
    result = build(client, folder, f"{text}FROM scratch\nCOPY --from=one /b /\n")
    assert result.error == ""
    client.api.remove_image(result.image_id, force=True)
    time.sleep(1)  # for some tens of milliseconds, records of a build are in use and may take another ID
    return {record.id for record in cache_records(client)} - before


def by_id(records: list[CacheRecord]) -> dict[str, CacheRecord]:
    return {record.id: record for record in records}


@pytest.mark.engine
def test_both_ways_tell_the_same(
    client: docker.DockerClient, guarded: docker.DockerClient, base: str, folder: Path
) -> None:
    ours = made(client, base, folder)
    with pytest.raises(APIError):
        cache._ask(guarded, cache._disk_usage)
    over_grpc, over_http = by_id(cache_records(client)), by_id(cache_records(guarded))
    assert len(ours) >= 4 and {each: over_grpc[each] for each in ours} == {each: over_http[each] for each in ours}
    prune(client, ours)


@pytest.mark.engine
@pytest.mark.parametrize("over", ["grpc", "http"])
def test_exactly_the_named_records_are_removed(
    client: docker.DockerClient, guarded: docker.DockerClient, base: str, folder: Path, over: str
) -> None:
    asked = client if over == "grpc" else guarded
    theirs = made(client, base, folder)
    ours = made(client, base, folder)
    freed: dict[str, int] = {}
    while gone := prune(asked, ours - freed.keys()):
        freed |= gone
    there = by_id(cache_records(client)).keys()
    assert ours.isdisjoint(there) and theirs <= there
    assert freed.keys() == ours and sum(freed.values()) > 0
    while prune(client, theirs & by_id(cache_records(client)).keys()):
        pass


@pytest.mark.engine
def test_an_engine_with_buildkit_is_known_either_way(client: docker.DockerClient, guarded: docker.DockerClient) -> None:
    assert has_buildkit(client) and has_buildkit(guarded)

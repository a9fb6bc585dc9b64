"""Errors when the engine dies during an operation, or its disk is full."""

import io
import re
import subprocess
import tarfile
import threading
from pathlib import Path

import docker
import pytest
from buildkit_session import build

from helpers.core.errors import ContainerError, DiskFull, EngineStopped
from helpers.core.records.run import Progress
from helpers.engine import container, image_scan, images, reach
from helpers.engine.failures import explain_message, explained
from tests.fixtures.engines import OwnEngine

pytestmark = pytest.mark.engine
IMAGE = "test-of-the-workbook/sleep"
SLEEP = ["/bin/sleep", "60"]


def import_sleep(client: docker.DockerClient) -> None:
    """Imports an image with this machine's `sleep` and its shared libraries."""
    linked = subprocess.run(["ldd", "/bin/sleep"], capture_output=True, text=True, check=True).stdout
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for path in ("/bin/sleep", *re.findall(r"(/\S+)", linked)):
            archive.add(path)
    client.api.import_image_from_data(buffer.getvalue(), repository=IMAGE, tag="latest")


def test_a_running_command_ends_in_an_error_with_a_hint(own_engine: OwnEngine) -> None:
    import_sleep(own_engine.client)
    assert container.output(own_engine.client, IMAGE, ["/bin/sleep", "0"]) == (0, "")
    threading.Timer(1, own_engine.kill).start()
    with pytest.raises(EngineStopped) as caught:
        container.output(own_engine.client, IMAGE, SLEEP)
    assert "Start it again" in caught.value.hint


def test_a_wait_for_a_container_ends_in_an_error(own_engine: OwnEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    import_sleep(own_engine.client)
    # This engine can't publish ports. The test only needs an address that doesn't respond.
    monkeypatch.setattr(reach, "address_of", lambda *_: "http://127.0.0.1:9")

    def kill(_: Progress) -> None:
        own_engine.kill()

    with pytest.raises(EngineStopped):
        container.run(own_engine.client, IMAGE, command=SLEEP, on_progress=kill)


def test_an_engine_without_a_network_is_an_error(own_engine: OwnEngine) -> None:
    import_sleep(own_engine.client)
    with pytest.raises(ContainerError, match="published no port for 8080"):
        container.run(own_engine.client, IMAGE, command=SLEEP)


def test_a_stopped_engine_is_an_error_for_every_operation(own_engine: OwnEngine) -> None:
    own_engine.kill()
    for operation in (images.inspect, image_scan.scan_contents, container.run):
        with pytest.raises(EngineStopped):
            operation(own_engine.client, IMAGE)


def test_a_disk_that_fills_during_a_load(small_engine: OwnEngine) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        large = tarfile.TarInfo("large")
        large.size = 100_000_000
        archive.addfile(large, io.BytesIO(bytes(large.size)))
    with pytest.raises(DiskFull) as caught, explained():
        small_engine.client.images.load(buffer.getvalue())
    assert "docker system df" in caught.value.hint


def test_a_disk_that_fills_during_a_build(small_engine: OwnEngine, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(30_000_000))
    result = build(small_engine.client, tmp_path, "FROM scratch\nCOPY large /1\nCOPY large /2\nCOPY large /3\n")
    assert isinstance(explain_message(result.error), DiskFull)

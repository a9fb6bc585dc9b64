"""What is said when the engine dies in the middle, or its disk is full."""

import io
import re
import subprocess
import tarfile
import threading
from pathlib import Path

import docker
import pytest
from buildkit_session import build

from helpers.engine import container, contents, direct, images
from helpers.engine.failures import explain_message, explained
from helpers.records.errors import ContainerError, DiskFull, EngineStopped
from helpers.records.progress import Progress
from tests.engine.conftest import OwnEngine

pytestmark = pytest.mark.engine
IMAGE = "test-of-the-workbook/sleep"
SLEEP = ["/bin/sleep", "60"]


def give_sleep(client: docker.DockerClient) -> None:
    """Imports an image that holds this machine's `sleep` and what it links."""
    linked = subprocess.run(["ldd", "/bin/sleep"], capture_output=True, text=True, check=True).stdout
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", dereference=True) as archive:
        for path in ("/bin/sleep", *re.findall(r"(/\S+)", linked)):
            archive.add(path)
    client.api.import_image_from_data(buffer.getvalue(), repository=IMAGE, tag="latest")


def test_a_command_under_way_ends_in_a_sentence(own_engine: OwnEngine) -> None:
    give_sleep(own_engine.client)
    assert container.output(own_engine.client, IMAGE, ["/bin/sleep", "0"]) == (0, "")
    threading.Timer(1, own_engine.kill).start()
    with pytest.raises(EngineStopped) as caught:
        container.output(own_engine.client, IMAGE, SLEEP)
    assert "Start it again" in caught.value.hint


def test_a_container_that_is_waited_for_ends_in_a_sentence(
    own_engine: OwnEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_sleep(own_engine.client)
    # This engine has no network to publish a port on: nobody answers there, which is all that the test needs.
    monkeypatch.setattr(direct, "address_of", lambda *_: "http://127.0.0.1:9")

    def kill(_: Progress) -> None:
        own_engine.kill()

    with pytest.raises(EngineStopped):
        container.run(own_engine.client, IMAGE, command=SLEEP, on_progress=kill)


def test_an_engine_without_a_network_is_said_to_be_one(own_engine: OwnEngine) -> None:
    give_sleep(own_engine.client)
    with pytest.raises(ContainerError, match="published no port for 8080"):
        container.run(own_engine.client, IMAGE, command=SLEEP)


def test_an_engine_that_is_gone_answers_no_question(own_engine: OwnEngine) -> None:
    own_engine.kill()
    for question in (images.inspect, contents.scan_contents, container.run):
        with pytest.raises(EngineStopped):
            question(own_engine.client, IMAGE)  # type: ignore[operator]


def test_a_disk_that_fills_while_an_image_arrives(small_engine: OwnEngine) -> None:
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

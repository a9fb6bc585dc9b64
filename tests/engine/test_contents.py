"""The contents of an image, compared with what a container of it sees."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import docker
import pytest
from buildkit_session import Context, build

from helpers.core.names import PREFIX
from helpers.engine import image_scan, images
from helpers.engine.ephemeral import output
from helpers.engine.image_scan import saved_image
from helpers.engine.image_scan.saved_image import LayerFiles, read_layer
from helpers.engine.procfs import helper_image
from tests.fixtures.base_images import as_sent

pytestmark = pytest.mark.engine
DOCKERFILE = """\
FROM golang:1.19-bullseye AS tools
RUN for tool in /bin/sh /bin/bash /bin/rm /bin/ln /bin/mkdir /bin/chmod /usr/bin/find; do \\
      mkdir -p /small && cp -L --parents $tool $(ldd $tool | grep -o '/[^ ]*') /small; done && \\
    mkdir /small/doc && cp -r /usr/share/doc/libc6 /etc/passwd /small/doc
FROM scratch
COPY --from=tools /small /
WORKDIR /empty
RUN rm -r /doc/libc6 /doc/passwd && ln /bin/bash /second && ln -s /bin/bash /third
COPY . /copied/
RUN rm -r /copied/folder && mkdir /copied/folder && chmod u+s /copied/program
"""
NAME = f"{PREFIX}/test-contents:{uuid.uuid4().hex[:8]}"
FIND = ["find", "/", "-xdev", "-type", "f", "-printf", "%s %i %m %p\\n"]
ENGINES_OWN = {
    "/.dockerenv",
    "/etc/hosts",
    "/etc/hostname",
    "/etc/resolv.conf",
}  # mounted over the image in a container


@pytest.fixture(scope="module")
def image(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with whiteouts, links, and files from several layers."""
    folder = tmp_path_factory.mktemp("context")
    (folder / "folder").mkdir()
    (folder / "folder" / "hidden").write_text("hidden later")
    (folder / "program").write_text(uuid.uuid4().hex)
    (folder / "program").chmod(0o755)
    result = build(client, Context(folder), as_sent(client, DOCKERFILE))
    assert result.image_id, result.error
    yield result.image_id
    images.remove(client, result.image_id)


def test_the_contents_are_those_that_a_container_sees(client: docker.DockerClient, image: str) -> None:
    status, listing = output(client, image, FIND)
    seen = [line.split(" ", 3) for line in listing.splitlines()]
    seen = [line for line in seen if line[3] not in ENGINES_OWN]
    found = image_scan.scan_contents(client, image)
    assert status == 0 and found.files == len(seen) > 15
    assert {path for _, _, _, path in seen} <= set(found.paths)
    assert found.bytes == sum({inode: int(size) for size, inode, _, _ in seen}.values())
    assert found.executables == sum(int(mode, 8) & 0o111 != 0 for _, _, mode, _ in seen)
    assert found.setuid == ("/copied/program",)
    assert found.shells == ("/bin/bash", "/bin/sh")


def test_the_layers_have_the_bytes_of_the_history(client: docker.DockerClient, image: str) -> None:
    """The bytes are the same with every storage driver, from the history or from counting files."""
    counted, from_history = image_scan.scan(client, image).layers, images.inspect(client, image).layers
    assert [layer.created_by.split()[0] for layer in counted] == ["COPY", "WORKDIR", "RUN", "COPY", "RUN"]
    assert counted == from_history


def test_a_cached_layer_is_not_read_again(
    client: docker.DockerClient, image: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[object] = []

    def counting(stream: IO[bytes]) -> LayerFiles:
        read.append(stream)
        return read_layer(stream)

    monkeypatch.setattr(saved_image, "read_layer", counting)
    cache: dict[str, bytes] = {}
    first = image_scan.scan(client, image, cache)
    assert len(read) == len(first.layers)
    (tmp_path / "more").write_text(uuid.uuid4().hex)
    client.images.get(image).tag(NAME)
    result = build(client, Context(tmp_path), f"FROM {NAME}\nCOPY more /more\n")
    try:
        second = image_scan.scan(client, result.image_id, cache)
        assert second.layers[:-1] == first.layers and "/more" in second.contents.paths
        again = len(read)
        assert image_scan.scan(client, image, cache) == first and len(read) == again
        assert image_scan.files(client, result.image_id, cache).keys() - image_scan.files(client, image, cache) == {
            "/more"
        }
    finally:
        images.remove(client, result.image_id)
        client.images.remove(NAME)
    assert again <= len(first.layers) + 2, "the new layer, and with older engines the previous top layer"


def test_the_base_image_is_scanned_in_little_memory_and_has_tools(client: docker.DockerClient) -> None:
    script = (
        "import re, docker, json, dataclasses; from helpers.engine.image_scan import scan_contents;"
        f"contents = scan_contents(docker.from_env(), {helper_image(client)!r});"
        # not getrusage, which includes the parent process's memory
        "memory = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) * 1024;"
        "print(json.dumps(dataclasses.asdict(contents) | {'memory': memory}))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["bytes"] > 500e6 and found["memory"] < 150e6
    assert any(path.endswith("/bash") for path in found["shells"])
    assert any(path.endswith("/apt-get") for path in found["package_managers"])
    assert "/usr/local/go/bin/go" in found["compilers"]
    assert "root" in found["users"] and found["has_certificates"] and found["has_time_zones"]

"""What an image holds, looked into on the engine and held against what a container of it sees."""

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

from helpers.engine import contents, images, saved_image
from helpers.engine.layer import LayerFiles, read_layer
from helpers.engine.names import PREFIX
from helpers.engine.throwaway import output
from tests.engine.servers import IMAGE

pytestmark = pytest.mark.engine
DOCKERFILE = f"""\
FROM {IMAGE} AS tools
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
ENGINES_OWN = {"/.dockerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"}  # laid over the image in a container


@pytest.fixture(scope="module")
def image(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An image with everything that makes layers hard to read."""
    folder = tmp_path_factory.mktemp("context")
    (folder / "folder").mkdir()
    (folder / "folder" / "hidden").write_text("hidden later")
    (folder / "program").write_text(uuid.uuid4().hex)
    (folder / "program").chmod(0o755)
    result = build(client, Context(folder), DOCKERFILE)
    assert result.image_id, result.error
    yield result.image_id
    images.remove(client, result.image_id)


def test_it_is_what_a_container_of_the_image_sees(client: docker.DockerClient, image: str) -> None:
    status, listing = output(client, image, FIND)
    seen = [line.split(" ", 3) for line in listing.splitlines()]
    seen = [line for line in seen if line[3] not in ENGINES_OWN]
    looked = contents.scan_contents(client, image)
    assert status == 0 and looked.files == len(seen) > 15
    assert {path for _, _, _, path in seen} <= set(looked.paths)
    assert looked.bytes == sum({inode: int(size) for size, inode, _, _ in seen}.values())
    assert looked.executables == sum(int(mode, 8) & 0o111 != 0 for _, _, mode, _ in seen)
    assert looked.setuid == ("/copied/program",)
    assert looked.shells == ("/bin/bash", "/bin/sh")


def test_its_layers_weigh_what_overlay2_says(client: docker.DockerClient, image: str) -> None:
    """Bytes are the same on every store, whether the history says them or the files are counted."""
    counted, told = contents.scan(client, image).layers, images.inspect(client, image).layers
    assert [layer.created_by.split()[0] for layer in counted] == ["COPY", "WORKDIR", "RUN", "COPY", "RUN"]
    assert counted == told


def test_a_layer_that_was_read_before_is_not_read_again(
    client: docker.DockerClient, image: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[object] = []

    def counting(stream: IO[bytes]) -> LayerFiles:
        read.append(stream)
        return read_layer(stream)

    monkeypatch.setattr(saved_image, "read_layer", counting)
    memory: dict[str, bytes] = {}
    first = contents.scan(client, image, memory)
    assert len(read) == len(first.layers)
    (tmp_path / "more").write_text(uuid.uuid4().hex)
    client.images.get(image).tag(NAME)
    result = build(client, Context(tmp_path), f"FROM {NAME}\nCOPY more /more\n")
    try:
        second = contents.scan(client, result.image_id, memory)
        assert second.layers[:-1] == first.layers and "/more" in second.contents.paths
        again = len(read)
        assert contents.scan(client, image, memory) == first and len(read) == again
        assert contents.files(client, result.image_id, memory).keys() - contents.files(client, image, memory) == {
            "/more"
        }
    finally:
        images.remove(client, result.image_id)
        client.images.remove(NAME)
    assert again <= len(first.layers) + 2, "the new layer, and with older engines the one that was the uppermost"


def test_the_base_image_is_walked_in_little_memory_and_holds_what_an_attacker_would_like() -> None:
    script = (
        "import re, docker, json, dataclasses; from helpers.engine.contents import look_inside;"
        f"contents = look_inside(docker.from_env(), {IMAGE!r});"
        # not getrusage: it counts what the process that started this one held
        "memory = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) * 1024;"
        "print(json.dumps(dataclasses.asdict(contents) | {'memory': memory}))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    looked = json.loads(done.stdout)
    assert looked["bytes"] > 500e6 and looked["memory"] < 150e6
    assert any(path.endswith("/bash") for path in looked["shells"])
    assert any(path.endswith("/apt-get") for path in looked["package_managers"])
    assert "/usr/local/go/bin/go" in looked["compilers"]
    assert "root" in looked["users"] and looked["has_certificates"] and looked["has_time_zones"]

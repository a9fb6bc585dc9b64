"""An image's record, from the engine's responses."""

import uuid
from pathlib import Path
from typing import Any

import docker
import pytest
from buildkit_session import Context, build

from helpers.core.errors import WorkbookError
from helpers.core.records import Image, Layer
from helpers.engine import images
from tests.engine.servers import IMAGE
from tests.engine.tars import file, tar

FACTS: dict[str, Any] = {
    "Id": "sha256:aeb2",
    "Size": 18,
    "Architecture": "arm64",
    "Config": {
        "User": "1001:1001",
        "Env": ["PATH=/bin", "A=b=c", "EMPTY="],
        "Labels": {"org.opencontainers.image.title": "api"},
        "ExposedPorts": {"9090/tcp": {}, "8080/tcp": {}},
        "Entrypoint": None,
        "Cmd": ["/api-golang"],
        "Healthcheck": {"Test": ["CMD", "/api-golang", "healthcheck"], "Interval": 1000000000},
    },
}


def step(created_by: str, size: int) -> dict[str, Any]:
    return {"CreatedBy": created_by, "Size": size, "Id": "<missing>", "Comment": ""}


# As engine 20.10 responds: newest first, without saying which entries created a layer.
HISTORY = [
    step('CMD ["./api-golang"]', 0),
    step("RUN /bin/sh -c go build -o api-golang # buildkit", 80),
    step("WORKDIR /app", 0),
    step("ENV GIN_MODE=release", 0),
    step('/bin/sh -c #(nop)  CMD ["bash"]', 0),
    step("", 889),
]
MADE = (
    Layer("", 889, "sha256:1"),
    Layer("WORKDIR /app", 0, "sha256:2"),
    Layer("RUN /bin/sh -c go build -o api-golang # buildkit", 80, "sha256:3"),
)


def test_the_record_contains_the_configuration() -> None:
    assert images.parse(FACTS, MADE) == Image(
        id="sha256:aeb2",
        bytes=969,
        engine_bytes=18,
        layers=MADE,
        architecture="arm64",
        user="1001:1001",
        environment={"PATH": "/bin", "A": "b=c", "EMPTY": ""},
        labels={"org.opencontainers.image.title": "api"},
        exposed_ports=("8080/tcp", "9090/tcp"),
        command=("/api-golang",),
        healthcheck=("CMD", "/api-golang", "healthcheck"),
    )


@pytest.mark.parametrize("config", [None, {}, {"Env": None, "Labels": None, "Healthcheck": {"Test": ["NONE"]}}])
def test_missing_configuration_is_empty(config: dict[str, Any] | None) -> None:
    assert images.parse({"Id": "i", "Size": 0, "Config": config}, ()) == Image(id="i", bytes=0, engine_bytes=0)


def test_each_layer_has_its_instruction() -> None:
    assert images.join(HISTORY, ["sha256:1", "sha256:2", "sha256:3"]) == MADE


def test_ambiguous_diff_ids_stay_empty() -> None:
    joined = images.join(HISTORY, ["sha256:1", "sha256:3"])
    assert [layer.bytes for layer in joined] == [889, 0, 80]
    assert {layer.diff_id for layer in joined} == {""}


@pytest.fixture
def tiny(client: docker.DockerClient) -> str:
    """The ID of a unique image."""
    content = tar([file("nonce", uuid.uuid4().bytes), file("bin/sh", b"12345", 0o755)])
    return str(client.api.import_image_from_data(content)).split('"status":"')[1].split('"')[0]


@pytest.mark.engine
def test_an_imported_image_is_one_layer_of_its_files(client: docker.DockerClient, tiny: str) -> None:
    image = images.inspect(client, tiny)
    assert image.id == tiny and image.bytes == 16 + 5
    assert len(image.layers) == 1 and image.layers[0].diff_id.startswith("sha256:")
    assert images.remove(client, tiny)


@pytest.mark.engine
def test_a_missing_image_is_an_error_with_a_hint(client: docker.DockerClient) -> None:
    with pytest.raises(WorkbookError, match="no such image") as caught:
        images.inspect(client, "dockerfile-workbook/was-never-built")
    assert caught.value.hint


@pytest.mark.engine
def test_the_layers_of_the_base_image_are_counted(client: docker.DockerClient, tiny: str, tmp_path: Path) -> None:
    (tmp_path / "more").write_text(uuid.uuid4().hex)
    name = f"test-of-the-workbook/{uuid.uuid4().hex}"
    client.images.get(tiny).tag(name)
    built = build(client, Context(tmp_path), f"FROM {name}\nCOPY more /more\n").image_id
    try:
        assert images.inspect(client, built, [IMAGE, name]).base_layers == 1
        for others in ([], [IMAGE], ["${NAME}"], ["was/never:pulled"]):
            assert images.inspect(client, built, others).base_layers == 0
    finally:
        images.remove(client, built)
        client.images.remove(name)


@pytest.mark.engine
def test_an_image_with_a_name_stays(client: docker.DockerClient, tiny: str) -> None:
    name = f"test-of-the-workbook/{uuid.uuid4().hex}"
    client.images.get(tiny).tag(name)
    assert not images.remove(client, tiny)
    client.images.remove(name)
    assert not images.remove(client, tiny)  # it was removed with its last name


@pytest.mark.engine
def test_an_image_whose_name_moved_is_removed(client: docker.DockerClient, tiny: str) -> None:
    name = f"test-of-the-workbook/{uuid.uuid4().hex}"
    client.images.get(tiny).tag(name)
    with images.replacing(client, name):
        client.api.import_image_from_data(tar([file("newer", uuid.uuid4().bytes)]), repository=name, tag="latest")
    with pytest.raises(docker.errors.ImageNotFound):
        client.images.get(tiny)
    newer = client.images.get(name).id
    with images.replacing(client, name):
        """A failing build: the name stays on the image."""
    assert client.images.get(name).id == newer
    client.images.remove(name)


@pytest.mark.engine
def test_a_build_without_a_name_replaces_nothing(client: docker.DockerClient, tiny: str) -> None:
    with images.replacing(client, None):
        """No image has this name."""
    assert images.remove(client, tiny)


@pytest.mark.engine
def test_an_image_that_a_container_uses_stays(client: docker.DockerClient, tiny: str) -> None:
    container = client.containers.create(tiny, ["/bin/sh"])
    assert not images.remove(client, tiny)
    container.remove()
    assert images.remove(client, tiny)

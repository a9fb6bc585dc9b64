"""Builds on the real engine: the cache behaves exactly as that of `docker build`, and files arrive as they are."""

import os
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
import requests

from helpers.core.records import Progress
from helpers.engine import images
from helpers.engine.buildkit import Context, Request, Result, build
from helpers.engine.buildkit.trace import is_instruction

pytestmark = pytest.mark.engine

BASE = "golang:1.19-bullseye"
# Each test run has a RUN of its own, so that no earlier run has cached it
STAGES = """\
FROM {base} AS build
WORKDIR /app
COPY . .
RUN echo {nonce} && cat main.txt > /program
FROM scratch
COPY --from=build /program /program
"""


@pytest.fixture
def dockerfile() -> str:
    """A Dockerfile of two stages that no engine has seen before."""
    return STAGES.format(base=BASE, nonce=uuid.uuid4().hex)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A build context of its own."""
    (tmp_path / "main.txt").write_text(uuid.uuid4().hex)
    return tmp_path


@pytest.fixture
def tag(client: docker.DockerClient) -> Iterator[str]:
    """A name for the image, which is removed afterwards."""
    name = f"dockerfile-workbook/test-{uuid.uuid4().hex[:8]}"
    yield name
    for image in client.images.list(name=name):
        client.images.remove(str(image.id), force=True)


def ran(result: Result) -> set[str]:
    """The keywords of the instructions that were carried out."""
    assert result.error == ""
    steps = [vertex for vertex in result.vertexes if is_instruction(vertex.name)]
    return {f"{step.keyword} {step.stage}" for step in steps if step.cached is False}


def listing(client: docker.DockerClient, folder: Path, command: str) -> str:
    """What a command says of the context as it arrived."""
    text = f"FROM {BASE}\nWORKDIR /app\nCOPY . .\nRUN echo {uuid.uuid4().hex}; {command}\n"
    result = build(client, Request(Context(folder), text))
    assert result.error == ""
    client.api.remove_image(result.image_id, force=True)
    return next(vertex.log for vertex in result.vertexes if "RUN echo" in vertex.name)


def test_the_same_build_again_is_cached(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    first = build(client, Request(Context(folder), dockerfile, tag=tag))
    again = build(client, Request(Context(folder), dockerfile, tag=tag))
    assert {"COPY build", "RUN build", "COPY stage-1"} <= ran(first)
    assert ran(again) == set() and again.image_id == first.image_id
    assert again.context_bytes == 0


def test_a_label_on_the_last_stage_leaves_the_build_stage_cached(
    client: docker.DockerClient, folder: Path, dockerfile: str, tag: str
) -> None:
    build(client, Request(Context(folder), dockerfile, tag=tag))
    with images.replacing(client, tag):
        labelled = build(client, Request(Context(folder), dockerfile + "LABEL a=b\n", tag=tag))
    assert ran(labelled) == set()
    assert client.images.get(tag).labels == {"a": "b"}


def test_a_comment_rebuilds_nothing(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    first = build(client, Request(Context(folder), dockerfile, tag=tag))
    commented = build(client, Request(Context(folder), f"# a comment\n{dockerfile}", tag=tag))
    assert ran(commented) == set() and commented.image_id == first.image_id


def test_touching_a_file_rebuilds_nothing(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    build(client, Request(Context(folder), dockerfile, tag=tag))
    os.utime(folder / "main.txt", ns=(1, 1))
    assert ran(build(client, Request(Context(folder), dockerfile, tag=tag))) == set()


def test_only_what_has_changed_is_sent(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    (folder / "large.txt").write_bytes(os.urandom(300_000))
    first = build(client, Request(Context(folder), dockerfile, tag=tag))
    with images.replacing(client, tag):
        edited = build(client, Request(Context(folder, {"main.txt": b"edited"}), dockerfile, tag=tag))
    assert first.context_bytes == 300_000 + 32
    assert edited.context_bytes == len(b"edited")
    assert "RUN build" in ran(edited)


def test_what_the_command_line_built_is_cached_for_us(
    client: docker.DockerClient, folder: Path, dockerfile: str, tag: str, docker_command: str
) -> None:
    (folder / "Dockerfile").write_text(dockerfile)
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    subprocess.run([docker_command, "build", "-q", "-t", tag, folder], check=True, env=environment, timeout=300)
    assert ran(build(client, Request(Context(folder), dockerfile, tag=tag))) == set()


def test_what_we_built_is_cached_for_the_command_line(
    client: docker.DockerClient, folder: Path, dockerfile: str, tag: str, docker_command: str
) -> None:
    (folder / "Dockerfile").write_text(dockerfile)
    ours = build(client, Request(Context(folder), dockerfile, tag=tag))
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    command = [docker_command, "build", "-q", str(folder)]
    theirs = subprocess.run(command, check=True, env=environment, timeout=300, capture_output=True, text=True)
    assert theirs.stdout.strip() == ours.image_id


def test_an_excluded_file_never_reaches_the_engine(client: docker.DockerClient, folder: Path) -> None:
    (folder / "secret.txt").write_bytes(os.urandom(1000))
    (folder / ".dockerignore").write_text("secret.txt\n")
    text = f"FROM scratch\nCOPY . /{uuid.uuid4().hex}/\n"
    result = build(client, Request(Context(folder), text))
    sent = 32 + 2 * len("secret.txt\n")  # .dockerignore itself: once to be read, once as a part of the context
    assert result.context_bytes == sent
    without = build(client, Request(Context(folder, ignore=False, memory="new"), text))
    assert without.context_bytes == 32 + 1000
    for image in (result.image_id, without.image_id):
        client.api.remove_image(image, force=True)


def test_the_dockerfiles_own_ignore_file_goes_first(client: docker.DockerClient, folder: Path) -> None:
    (folder / ".dockerignore").write_text("main.txt\n")
    (folder / "other.txt").write_bytes(os.urandom(1000))
    text = f"FROM scratch\nCOPY main.txt /{uuid.uuid4().hex}/\n"
    result = build(client, Request(Context(folder), text, dockerignore="other.txt\n"))
    assert result.error == "" and result.context_bytes is not None and result.context_bytes < 1000
    client.api.remove_image(result.image_id, force=True)


def test_files_arrive_as_they_are(client: docker.DockerClient, folder: Path) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o750)
    (folder / "link").symlink_to("run.sh")
    (folder / "broken").symlink_to("nowhere")
    (folder / "empty").mkdir()
    (folder / "ä ö\n😀").write_text("odd")
    os.link(folder / "main.txt", folder / "second")
    said = listing(client, folder, "stat -c '%N %a %F %h %u' * && cat ä*")
    assert "'run.sh' 750 regular file" in said
    assert "'link' -> 'run.sh'" in said and "'broken' -> 'nowhere'" in said
    assert "'empty' 755 directory" in said
    assert "'main.txt' 644 regular file 2 0" in said and "'second' 644 regular file 2 0" in said
    assert said.endswith("odd")


def test_closing_the_answer_stops_the_build(client: docker.DockerClient, folder: Path) -> None:
    marker = uuid.uuid4().hex
    text = f"FROM {BASE}\nRUN echo {marker} && sleep 60\n"

    def leave(progress: Progress) -> None:
        if progress.detail == marker:
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build(client, Request(Context(folder), text), leave)
    assert time.monotonic() - started < 30
    assert not _still_runs(marker)


def _still_runs(marker: str) -> bool:
    """Whether a process of the stopped build is still there after a few seconds (the engine is this machine's)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        commands = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if _readable(path))
        if not any(marker.encode() in command and b"sleep 60" in command for command in commands):
            return False
        time.sleep(0.1)
    return True


def _readable(path: Path) -> bool:
    try:
        return bool(path.read_bytes())
    except OSError:
        return False


def test_a_session_leaves_no_thread_behind(client: docker.DockerClient, folder: Path) -> None:
    before = threading.active_count()
    result = build(client, Request(Context(folder), f"FROM scratch\nLABEL a={uuid.uuid4().hex}\n"))
    client.api.remove_image(result.image_id, force=True)
    assert threading.active_count() == before


def test_many_files_arrive(client: docker.DockerClient, tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"file-{number:05}").write_text(str(number))
    result = build(client, Request(Context(tmp_path), f"FROM scratch\nCOPY . /{uuid.uuid4().hex}/\n"))
    assert result.error == ""
    assert result.context_bytes == sum(len(str(number)) for number in range(3000))
    client.api.remove_image(result.image_id, force=True)


def test_an_unreadable_name_is_said_and_not_swallowed(client: docker.DockerClient, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")).write_text("")
    result = build(client, Request(Context(tmp_path), "FROM scratch\nCOPY . /\n"))
    assert result.image_id == "" and "utf-8" in result.error.lower()


def test_a_target_and_a_build_argument_are_passed_on(client: docker.DockerClient, folder: Path, tag: str) -> None:
    text = "FROM scratch AS one\nARG WHO\nLABEL who=$WHO\nFROM scratch\nLABEL who=nobody\n"
    build(client, Request(Context(folder), text, tag=tag, target="one", build_args={"WHO": "me"}))
    assert client.images.get(tag).labels == {"who": "me"}


def test_nothing_is_sent_to_an_engine_that_is_not_there(folder: Path, tmp_path: Path) -> None:
    nobody = docker.DockerClient(base_url=f"unix://{tmp_path}/no.sock", version="1.41")
    with pytest.raises(requests.exceptions.ConnectionError, match="No such file"):
        build(nobody, Request(Context(folder), "FROM scratch\nLABEL a=b\n"))

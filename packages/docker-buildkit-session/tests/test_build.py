"""Builds on a real engine: the cache behaves as that of `docker build`, and files arrive as they are."""

import gc
import io
import os
import subprocess
import tarfile
import threading
import time
import uuid
from pathlib import Path

import docker
import pytest
from buildkit_session import (
    BuildCancelled,
    BuildWarning,
    CancelToken,
    Context,
    Event,
    LogLine,
    Result,
    VertexFinished,
    build,
    cache_records,
)

pytestmark = pytest.mark.engine

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
def dockerfile(base: str) -> str:
    """A Dockerfile of two stages that no engine has seen before."""
    return STAGES.format(base=base, nonce=uuid.uuid4().hex)


def ran(result: Result) -> set[str]:
    """The instructions that ran, as keyword and stage."""
    assert result.error == ""
    steps = ((vertex, vertex.instruction) for vertex in result.vertexes)
    return {f"{step.keyword} {step.stage}" for vertex, step in steps if step and not vertex.cached} - {"FROM build"}


def listing(client: docker.DockerClient, base: str, context: object, command: str, **options: str) -> str:
    """What a command says of the context as it arrived."""
    text = f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN echo {uuid.uuid4().hex}; {command}\n"
    result = build(client, context, text, **options)  # type: ignore[arg-type]
    assert result.error == ""
    client.api.remove_image(result.image_id, force=True)
    return next(vertex.log for vertex in result.vertexes if "RUN echo" in vertex.name)


def test_the_same_build_again_is_cached(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    first = build(client, folder, dockerfile, tags=[tag])
    again = build(client, folder, dockerfile, tags=[tag])
    assert {"COPY build", "RUN build", "COPY stage-1"} <= ran(first)
    assert ran(again) == set() and again.image_id == first.image_id
    assert first.context_bytes == 32 and again.context_bytes == 0


def test_a_comment_rebuilds_nothing(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    first = build(client, folder, dockerfile, tags=[tag])
    commented = build(client, folder, f"# a comment\n{dockerfile}", tags=[tag])
    assert ran(commented) == set() and commented.image_id == first.image_id


def test_touching_a_file_rebuilds_nothing(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    build(client, folder, dockerfile, tags=[tag])
    os.utime(folder / "main.txt", ns=(1, 1))
    assert ran(build(client, folder, dockerfile, tags=[tag])) == set()


def test_only_what_has_changed_is_sent(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    (folder / "large.txt").write_bytes(os.urandom(300_000))
    first = build(client, folder, dockerfile, tags=[tag])
    client.images.remove(tag)
    edited = build(client, Context(folder, {"main.txt": b"edited"}), dockerfile, tags=[tag])
    assert first.context_bytes == 300_000 + 32
    assert edited.context_bytes == len(b"edited")
    assert "RUN build" in ran(edited)


def test_what_the_command_line_built_is_cached_for_us_and_the_other_way(
    client: docker.DockerClient, folder: Path, dockerfile: str, tag: str, docker_command: str
) -> None:
    (folder / "Dockerfile").write_text(dockerfile)
    command = [docker_command, "build", "-q", "-t", tag, str(folder)]
    environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
    subprocess.run(command, check=True, env=environment, timeout=300)
    ours = build(client, folder, tags=[tag])
    assert ran(ours) == set()
    theirs = subprocess.run(command, check=True, env=environment, timeout=300, capture_output=True, text=True)
    assert theirs.stdout.strip() == ours.image_id


def test_an_excluded_file_never_reaches_the_engine(client: docker.DockerClient, folder: Path, tag: str) -> None:
    (folder / "secret.txt").write_bytes(os.urandom(1000))
    (folder / ".dockerignore").write_text("secret.txt\n")
    text = f"FROM scratch\nCOPY . /{uuid.uuid4().hex}/\n"
    result = build(client, folder, text, tags=[tag])
    sent = 32 + 2 * len("secret.txt\n")  # .dockerignore itself: once to be read, once as a part of the context
    assert result.context_bytes == sent
    client.images.remove(tag)
    without = build(client, Context(folder, ignore=False, key="new"), text, tags=[tag])
    assert without.context_bytes == 32 + 1000


def test_the_dockerfiles_own_ignore_file_goes_first(client: docker.DockerClient, folder: Path, tag: str) -> None:
    (folder / ".dockerignore").write_text("main.txt\n")
    (folder / "other.txt").write_bytes(os.urandom(1000))
    (other := folder.with_name("other.Dockerfile")).write_text(f"FROM scratch\nCOPY main.txt /{uuid.uuid4().hex}/\n")
    given = build(client, folder, other, dockerignore="other.txt\n", tags=[tag])
    assert given.error == "" and given.context_bytes < 1000
    folder.with_name("other.Dockerfile.dockerignore").write_text("other.txt\n")
    assert build(client, folder, other, tags=[tag]).error == ""


def test_files_arrive_as_they_are(client: docker.DockerClient, folder: Path, base: str) -> None:
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o750)
    (folder / "link").symlink_to("run.sh")
    (folder / "broken").symlink_to("nowhere")
    (folder / "empty").mkdir()
    (folder / "ä ö\n😀").write_text("odd")
    os.link(folder / "main.txt", folder / "second")
    said = listing(client, base, folder, "stat -c '%N %a %F %h %u' * && cat ä*")
    assert "'run.sh' 750 regular file" in said
    assert "'link' -> 'run.sh'" in said and "'broken' -> 'nowhere'" in said
    assert "'empty' 755 directory" in said
    assert "'main.txt' 644 regular file 2 0" in said and "'second' 644 regular file 2 0" in said
    assert said.endswith("odd")


def test_a_tar_arrives_as_it_is(client: docker.DockerClient, folder: Path, base: str) -> None:
    (folder / "run.sh").write_bytes(bytes(100_000))
    (folder / "run.sh").chmod(0o750)
    (folder / "link").symlink_to("run.sh")
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(folder, ".")
    said = listing(client, base, io.BytesIO(buffer.getvalue()), "stat -c '%N %a %s' * && cat main.txt")
    assert "'run.sh' 750 100000\n" in said and "'link' -> 'run.sh'" in said
    assert said.endswith((folder / "main.txt").read_text())


def test_a_mapping_arrives_as_it_is(client: docker.DockerClient, base: str) -> None:
    nonce = uuid.uuid4().hex
    said = listing(
        client, base, {"a/b/c.txt": nonce, "run.sh": b"echo run", ".dockerignore": "x"}, "cat a/b/c.txt run.sh"
    )
    assert said.endswith(f"{nonce}echo run")


def test_a_mapping_has_its_dockerfile(client: docker.DockerClient, tag: str) -> None:
    result = build(client, {"Dockerfile": f"FROM scratch\nLABEL a={tag}\n"}, tags=[tag, f"{tag}:second"])
    assert result.error == "" and client.images.get(f"{tag}:second").labels == {"a": tag}
    with pytest.raises(FileNotFoundError, match="no Dockerfile"):
        build(client, {"a": "b"})


def test_a_listener_that_raises_stops_the_build(client: docker.DockerClient, folder: Path, base: str) -> None:
    marker = uuid.uuid4().hex

    def leave(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == marker:
            raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        build(client, folder, f"FROM {base}\nRUN echo {marker} && sleep 60\n", on_event=leave)
    assert time.monotonic() - started < 30
    assert ends(marker)


@pytest.mark.parametrize("quiet", [False, True])
def test_a_build_is_cancelled_from_another_thread(
    client: docker.DockerClient, folder: Path, base: str, quiet: bool
) -> None:
    marker, token = uuid.uuid4().hex, CancelToken()

    def cancel(event: Event) -> None:
        if isinstance(event, LogLine) and event.text == marker:
            threading.Timer(0.2, token.cancel).start()

    noise = "sleep 60" if quiet else "while :; do echo noise; done"
    started = time.monotonic()
    with pytest.raises(BuildCancelled):
        build(client, folder, f"FROM {base}\nRUN echo {marker} && {noise}\n", on_event=cancel, cancel=token)
    assert time.monotonic() - started < 20
    assert token.cancelled and ends(marker)


def test_a_token_that_was_cancelled_before_stops_the_build_at_once(client: docker.DockerClient, folder: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(BuildCancelled):
        build(client, folder, "FROM scratch\nCOPY . .\n", cancel=token)


def ends(marker: str) -> bool:
    """Whether the processes of the stopped build are gone within some seconds (the engine is this machine's)."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if not any(marker.encode() in command for command in commands()):
            return True
        time.sleep(0.1)
    return False


def commands() -> list[bytes]:
    """The command lines of all processes but this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.parent.name != str(os.getpid()):
                found.append(path.read_bytes())
        except OSError:  # it has ended
            continue
    return found


def open_files() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def test_a_build_leaves_no_thread_and_no_open_file_behind(client: docker.DockerClient, folder: Path, tag: str) -> None:
    text = f"FROM scratch\nLABEL a={tag}\n"
    build(client, folder, text, tags=[tag])
    cache_records(client)
    gc.collect()  # what earlier tests left
    threads, files = threading.active_count(), open_files()
    for _ in range(3):
        build(client, folder, text, tags=[tag])
        cache_records(client)
    assert threading.active_count() == threads and open_files() <= files


def test_many_files_arrive(client: docker.DockerClient, folder: Path, tag: str) -> None:
    for number in range(3000):
        (folder / f"file-{number:05}").write_text(str(number))
    result = build(client, folder, f"FROM scratch\nCOPY file-* /{uuid.uuid4().hex}/\n", tags=[tag])
    assert result.error == ""
    assert result.context_bytes == sum(len(str(number)) for number in range(3000))


def test_an_unreadable_name_is_an_error(client: docker.DockerClient, tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")).write_text("")
    result = build(client, tmp_path, "FROM scratch\nCOPY . /\n")
    assert result.image_id == "" and "utf-8" in result.error.lower()


def test_options_are_passed_on(client: docker.DockerClient, folder: Path, tag: str) -> None:
    text = "FROM scratch AS one\nARG WHO\nLABEL who=$WHO\nFROM scratch\nLABEL who=nobody\n"
    build(client, folder, text, tags=[tag], target="one", build_args={"WHO": "me"}, labels={"b": "c", "d": "e"})
    assert client.images.get(tag).labels == {"who": "me", "b": "c", "d": "e"}


def test_the_platform_is_that_of_the_image(client: docker.DockerClient, folder: Path, tag: str) -> None:
    result = build(client, folder, f"FROM scratch\nLABEL a={tag}\n", tags=[tag], platform="linux/arm64")
    assert result.error == ""
    assert client.images.get(tag).attrs["Architecture"] == "arm64"


def test_without_the_cache_everything_runs_again(
    client: docker.DockerClient, folder: Path, dockerfile: str, tag: str
) -> None:
    build(client, folder, dockerfile, tags=[tag])
    assert "RUN build" in ran(build(client, folder, dockerfile, tags=[tag], no_cache=True))


def test_the_network_and_its_hosts_are_those_asked_for(client: docker.DockerClient, folder: Path, base: str) -> None:
    hosts = {"one.invalid": "127.0.0.7", "two.invalid": "127.0.0.8"}
    said = listing(client, base, folder, "cat /etc/hosts", extra_hosts=hosts, network="host")  # type: ignore[arg-type]
    assert all(f"{address}\t{name}" in said for name, address in hosts.items())
    interfaces = listing(client, base, folder, "ls /sys/class/net", network="none").split()[1:]
    assert interfaces in ([], ["lo"])


def test_an_image_serves_as_a_cache(client: docker.DockerClient, folder: Path, dockerfile: str, tag: str) -> None:
    """An image that is not to be had is no error of the build, but it is looked for."""
    result = build(client, folder, dockerfile, tags=[tag], cache_from=["127.0.0.1:1/nothing"])
    assert result.error == ""
    assert any("importing cache manifest from 127.0.0.1:1/nothing" in vertex.name for vertex in result.vertexes)


def test_pulling_asks_the_registry_even_where_the_image_is(
    client: docker.DockerClient, folder: Path, base: str
) -> None:
    name = f"127.0.0.1:1/{uuid.uuid4().hex}"
    client.images.get(base).tag(name)
    text = f"FROM {name}\nLABEL a=b\n"
    there = build(client, folder, text)
    client.api.remove_image(there.image_id, force=True)
    assert "connection refused" in build(client, folder, text, pull=True).error
    client.images.remove(name)


def test_an_empty_continuation_line_is_a_warning_with_its_line(
    client: docker.DockerClient, folder: Path, tag: str
) -> None:
    """Of engines with BuildKit 0.10 or later, which is Docker Engine 23: earlier ones report no warnings."""
    heard: list[Event] = []
    text = f"FROM scratch\nLABEL a={tag} \\\n\n  b=c\n"
    result = build(client, folder, text, tags=[tag], on_event=heard.append)
    assert result.error == ""
    if int(client.version()["Version"].split(".")[0]) < 23:
        assert result.warnings == ()
        return
    (warning,) = result.warnings
    assert "continuation line" in warning.text and warning.url.startswith("https://")
    assert warning.file == "Dockerfile" and warning.line in (2, 3, 4)
    assert [event for event in heard if isinstance(event, BuildWarning)] == [warning]


def test_every_instruction_of_a_long_stage_is_recognised(client: docker.DockerClient, folder: Path, base: str) -> None:
    """BuildKit pads the positions of a stage of ten instructions or more."""
    steps = "".join(f"RUN echo {number} {uuid.uuid4().hex}\n" for number in range(11))
    heard: list[Event] = []
    result = build(client, folder, f"FROM {base} AS build\n{steps}FROM build\nLABEL a=b\n", on_event=heard.append)
    client.api.remove_image(result.image_id, force=True)
    runs = [vertex.instruction for vertex in result.vertexes if " RUN echo " in vertex.name]
    assert sorted(run.position for run in runs if run) == [*range(2, 13)]
    assert sum(isinstance(event, VertexFinished) and "RUN echo" in event.vertex.name for event in heard) >= 11


def test_an_engine_that_is_not_there_is_an_error(folder: Path, tmp_path: Path) -> None:
    nobody = docker.DockerClient(base_url=f"unix://{tmp_path}/no.sock", version="1.41")
    with pytest.raises(Exception, match=r"no\.sock|No such file|Connection"):
        build(nobody, folder, "FROM scratch\nLABEL a=b\n")

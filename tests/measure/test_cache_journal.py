"""On a real engine: our builds' cache records are removed, those that other builds created or used are kept."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import psutil  # type: ignore[import-untyped]
import pytest
from buildkit_session import Context

from helpers.core.records import Build
from helpers.engine import images
from helpers.engine.build_cache import CacheRecord, cache_records
from helpers.engine.request import Request
from helpers.measure import cache_journal
from helpers.measure.store import STORE, Store
from tests.fixtures.base_images import as_sent

pytestmark = pytest.mark.engine

DOCKERFILE = """FROM golang:1.19-bullseye AS build
WORKDIR /{nonce}
COPY file .
RUN --mount=type=cache,target=/cached sleep {seconds} && echo {nonce} > first
RUN sleep {seconds} && cat first > second
FROM scratch
COPY --from=build /{nonce}/second /second
"""
FOREIGN = """FROM golang:1.19-bullseye
RUN echo {nonce} > /first
RUN sleep 0.2 && cat /first > /second
"""
KILLED = """
import docker, sys
from pathlib import Path
from buildkit_session import Context
from helpers.engine.request import Request
from helpers.measure import cache_journal
request = Request(Context(Path(sys.argv[1])), (Path(sys.argv[1]) / "Dockerfile").read_text(), no_cache=True)
show = lambda progress: print(progress.what, flush=True)
cache_journal.build(docker.from_env(), request, scenario="cold", listener=show)
"""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: docker.DockerClient) -> Iterator[Store]:
    """A journal for this test only, swept at the end."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    yield Store(tmp_path / "results" / STORE)
    cache_journal.sweep(client)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that was never built before; each RUN of its Dockerfile takes a second."""
    nonce = uuid.uuid4().hex
    project = tmp_path / "project"
    project.mkdir()
    (project / "file").write_text(nonce)
    (project / "Dockerfile").write_text(DOCKERFILE.format(nonce=nonce, seconds=1))
    return project


@pytest.fixture
def docker_build(client: docker.DockerClient, docker_command: str, tmp_path: Path) -> Callable[..., str]:
    """Runs `docker build` and returns its output; removes the image but keeps its cache."""

    def build(folder: Path, *options: str) -> str:
        identity, sent = (tmp_path / uuid.uuid4().hex for _ in range(2))
        sent.write_text(as_sent(client, (folder / "Dockerfile").read_text()))
        files = ["--iidfile", str(identity), "--file", str(sent)]
        words = [docker_command, "build", "--progress=plain", *files, *options, str(folder)]
        environment = {**os.environ, "DOCKER_BUILDKIT": "1"}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=True, timeout=300)
        images.remove(client, identity.read_text())
        return done.stdout + done.stderr

    return build


def ours(client: docker.DockerClient, folder: Path, no_cache: bool = True) -> Build:
    request = Request(Context(folder), (folder / "Dockerfile").read_text(), no_cache=no_cache)
    build = cache_journal.build(client, request, scenario="cold")
    images.remove(client, build.image_id)
    return build


def ran(printed: str) -> list[str]:
    """The instructions that a `docker build` ran, without FROM."""
    steps = {line.split(" ", 1)[0]: line for line in printed.splitlines() if "] " in line and "[internal]" not in line}
    cached = {line.split(" ", 1)[0] for line in printed.splitlines() if line.endswith(" CACHED")}
    return [line for number, line in steps.items() if number not in cached and "] FROM " not in line]


def of(client: docker.DockerClient, nonce: str) -> list[CacheRecord]:
    return [each for each in cache_records(client).values() if nonce in each.description]


def test_a_build_alone_leaves_nothing(client: docker.DockerClient, folder: Path) -> None:
    before = cache_records(client).keys()
    ours(client, folder)
    ours(client, folder, no_cache=False)
    assert len(cache_records(client).keys() - before) >= 8
    assert len(cache_journal.removable(client)) >= 8
    assert cache_journal.sweep(client) >= 0
    assert cache_records(client).keys() <= before
    assert cache_journal.removable(client) == []


def test_the_same_dockerfile_built_by_docker_build_meanwhile_keeps_its_cache(
    client: docker.DockerClient, folder: Path, docker_build: Callable[..., str]
) -> None:
    other_builds = threading.Thread(target=docker_build, args=(folder, "--no-cache"))
    other_builds.start()
    build = ours(client, folder)
    other_builds.join()
    assert not any(step.cached for step in build.instructions if step.keyword == "RUN"), "not merged, so timed right"
    cache_journal.sweep(client)
    assert ran(docker_build(folder)) == []


def test_docker_builds_cache_of_the_same_files_stays_whether_built_before_or_after(
    client: docker.DockerClient, folder: Path, docker_build: Callable[..., str]
) -> None:
    ours(client, folder)
    assert any(" RUN " in step for step in ran(docker_build(folder))), "our results do not serve other builds"
    ours(client, folder)
    cache_journal.sweep(client)
    assert ran(docker_build(folder)) == []


@pytest.mark.parametrize("read", [False, True], ids=["never read", "read before"])
def test_records_that_others_used_between_two_of_our_builds_stay(
    client: docker.DockerClient, folder: Path, docker_build: Callable[..., str], read: bool
) -> None:
    (folder / "Dockerfile").write_text(f"FROM golang:1.19-bullseye\nWORKDIR /{uuid.uuid4().hex}\nCOPY file .\n")
    ours(client, folder)
    if read:
        cache_journal.removable(client)
    assert ran(docker_build(folder)) == [], "COPY and WORKDIR are shared"
    ours(client, folder, no_cache=False)
    cache_journal.sweep(client)
    assert ran(docker_build(folder)) == []


def test_small_builds_that_run_during_ours_keep_their_cache(
    client: docker.DockerClient, folder: Path, tmp_path: Path, docker_build: Callable[..., str]
) -> None:
    others = []
    for number in range(6):
        (other := tmp_path / f"other-{number}").mkdir()
        (other / "Dockerfile").write_text(FOREIGN.format(nonce=uuid.uuid4().hex))
        others.append(other)
    done = threading.Event()

    def build_others() -> None:
        for other in others:
            docker_build(other, "--no-cache")
        done.set()

    other_builds = threading.Thread(target=build_others)
    other_builds.start()
    builds = 0
    while not done.is_set():
        ours(client, folder)
        builds += 1
    other_builds.join()
    cache_journal.sweep(client)
    assert builds >= 1
    assert [ran(docker_build(other)) for other in others] == [[]] * len(others)


def test_records_of_a_killed_process_are_removed_later(client: docker.DockerClient, folder: Path) -> None:
    nonce = (folder / "file").read_text()
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if "RUN sleep 1 && cat" in line:  # the first RUN, with its cache mount, has completed
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert any(each.type == "exec.cachemount" for each in of(client, nonce))
    wait_until_free(client, nonce)
    cache_journal.sweep(client)
    assert of(client, nonce) == []


def wait_until_free(client: docker.DockerClient, nonce: str) -> None:
    """Waits until the engine notices that the client of a build is gone, which takes a moment."""
    end = time.monotonic() + 30
    while any(each.in_use for each in of(client, nonce)):
        assert time.monotonic() < end, "the engine is still building"
        time.sleep(0.1)


@pytest.mark.parametrize("found", [False, True], ids=["still in the journal", "found"])
def test_records_that_a_running_kernel_may_need_stay(
    client: docker.DockerClient, folder: Path, store: Store, found: bool
) -> None:
    ours(client, folder)
    if found:
        cache_journal.removable(client)
    with store.open() as database, subprocess.Popen(["sleep", "60"]) as other:
        started = psutil.Process(other.pid).create_time()
        for table in ("cache_builds", "cache_records"):
            database.execute(f"UPDATE {table} SET process = ?, process_started = ?", (other.pid, started))
        database.commit()
        assert cache_journal.removable(client) == []
        other.kill()
    assert len(cache_journal.removable(client)) > 3


def test_the_engine_is_asked_for_its_records_once_a_minute(
    client: docker.DockerClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    asked: list[float] = []

    def records(client: docker.DockerClient, since: int) -> dict[str, CacheRecord]:
        asked.append(now)
        return cache_records(client)

    monkeypatch.setattr(cache_journal, "settled_records", records)
    monkeypatch.setattr(cache_journal, "time", lambda: now)
    for second in (0, 1, 59, 62, 100, 123):
        now = 1000.0 + second
        ours(client, folder, no_cache=False)
    assert asked == [1001.0, 1062.0, 1123.0], "the first build had nothing to find"


def test_records_that_cannot_be_removed_stay_in_the_journal(
    client: docker.DockerClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(client, folder)
    there = {each.id for each in cache_journal.removable(client)}
    with monkeypatch.context() as patch:
        patch.setattr(cache_journal, "remove_cache_records", lambda client, ids: 0)
        cache_journal.sweep(client)
    assert {each.id for each in cache_journal.removable(client)} == there


def test_the_journal_of_a_deleted_store_is_adopted(
    client: docker.DockerClient, folder: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(client, folder)
    there = {each.id for each in cache_journal.removable(client)}
    with monkeypatch.context() as patch:
        patch.setenv("WORKBOOK_RESULTS", str(tmp_path / "another"))
        assert cache_journal.removable(client) == []
        cache_journal.adopt(store)
        assert {each.id for each in cache_journal.removable(client)} == there


def test_the_name_of_this_checkout_is_anonymous() -> None:
    assert re.fullmatch("dockerfile-workbook-[0-9a-f]{12}", cache_journal.owner())

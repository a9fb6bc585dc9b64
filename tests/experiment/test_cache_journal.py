"""On a real engine: what our builds leave goes, and what builds beside them leave or use stays."""

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
import pytest
from buildkit_session import Context

from helpers.engine import images
from helpers.engine.build_cache import CacheRecord, cache_records
from helpers.engine.request import Request
from helpers.experiment import cache_journal
from helpers.experiment.store import STORE, Store
from helpers.records import Build

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
from helpers.experiment import cache_journal
request = Request(Context(Path(sys.argv[1])), (Path(sys.argv[1]) / "Dockerfile").read_text(), no_cache=True)
say = lambda progress: print(progress.what, flush=True)
cache_journal.build(docker.from_env(), request, scenario="cold", listener=say)
"""


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, client: docker.DockerClient) -> Iterator[Store]:
    """A journal of this test's own, swept at the end."""
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    yield Store(tmp_path / "results" / STORE)
    cache_journal.sweep(client)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project that was never built before; each step of its Dockerfile takes a second."""
    nonce = uuid.uuid4().hex
    project = tmp_path / "project"
    project.mkdir()
    (project / "file").write_text(nonce)
    (project / "Dockerfile").write_text(DOCKERFILE.format(nonce=nonce, seconds=1))
    return project


@pytest.fixture
def by_hand(client: docker.DockerClient, docker_command: str, tmp_path: Path) -> Callable[..., str]:
    """`docker build`, which gives back what it printed. The image goes, its cache stays."""

    def build(folder: Path, *options: str) -> str:
        identity = tmp_path / uuid.uuid4().hex
        words = [docker_command, "build", "--progress=plain", "--iidfile", str(identity), *options, str(folder)]
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
    """The instructions that a `docker build` carried out, FROM left out."""
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
    client: docker.DockerClient, folder: Path, by_hand: Callable[..., str]
) -> None:
    beside = threading.Thread(target=by_hand, args=(folder, "--no-cache"))
    beside.start()
    build = ours(client, folder)
    beside.join()
    assert not any(step.cached for step in build.instructions if step.keyword == "RUN"), "not merged, so timed right"
    cache_journal.sweep(client)
    assert ran(by_hand(folder)) == []


def test_what_docker_build_has_made_of_the_same_files_before_or_after_stays(
    client: docker.DockerClient, folder: Path, by_hand: Callable[..., str]
) -> None:
    ours(client, folder)
    assert any(" RUN " in step for step in ran(by_hand(folder))), "our results do not serve other builds"
    ours(client, folder)
    cache_journal.sweep(client)
    assert ran(by_hand(folder)) == []


def test_what_others_have_used_between_two_builds_of_ours_stays(
    client: docker.DockerClient, folder: Path, by_hand: Callable[..., str]
) -> None:
    (folder / "Dockerfile").write_text(f"FROM golang:1.19-bullseye\nWORKDIR /{uuid.uuid4().hex}\nCOPY file .\n")
    ours(client, folder)
    assert ran(by_hand(folder)) == [], "COPY and WORKDIR are shared"
    ours(client, folder, no_cache=False)
    cache_journal.sweep(client)
    assert ran(by_hand(folder)) == []


def test_small_builds_of_others_while_ours_is_at_work_keep_their_cache(
    client: docker.DockerClient, folder: Path, tmp_path: Path, by_hand: Callable[..., str]
) -> None:
    others = []
    for number in range(6):
        (other := tmp_path / f"other-{number}").mkdir()
        (other / "Dockerfile").write_text(FOREIGN.format(nonce=uuid.uuid4().hex))
        others.append(other)
    done = threading.Event()

    def build_others() -> None:
        for other in others:
            by_hand(other, "--no-cache")
        done.set()

    beside = threading.Thread(target=build_others)
    beside.start()
    builds = 0
    while not done.is_set():
        ours(client, folder)
        builds += 1
    beside.join()
    cache_journal.sweep(client)
    assert builds >= 1
    assert [ran(by_hand(other)) for other in others] == [[]] * len(others)


def test_what_a_killed_process_left_is_removed_later(client: docker.DockerClient, folder: Path) -> None:
    nonce = (folder / "file").read_text()
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for line in process.stdout:
        if "RUN sleep 1 && cat" in line:  # the first RUN, with its cache mount, has ended
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert any(each.type == "exec.cachemount" for each in of(client, nonce))
    wait_until_free(client, nonce)
    cache_journal.sweep(client)
    assert of(client, nonce) == []


def wait_until_free(client: docker.DockerClient, nonce: str) -> None:
    """An engine takes a moment to notice that the other side of a build is gone."""
    end = time.monotonic() + 30
    while any(each.in_use for each in of(client, nonce)):
        assert time.monotonic() < end, "the engine goes on with the build"
        time.sleep(0.1)


def test_what_a_kernel_at_work_may_still_need_stays(client: docker.DockerClient, folder: Path, store: Store) -> None:
    ours(client, folder)
    with store.open() as database, subprocess.Popen(["sleep", "60"]) as other:
        started = cache_journal.psutil.Process(other.pid).create_time()
        database.execute("UPDATE cache_records SET process = ?, process_started = ?", (other.pid, started))
        database.commit()
        assert cache_journal.removable(client) == []
        other.kill()
    assert len(cache_journal.removable(client)) > 3


def test_what_cannot_be_removed_now_stays_in_the_journal(
    client: docker.DockerClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(client, folder)
    there = {each.id for each in cache_journal.removable(client)}
    with monkeypatch.context() as patch:
        patch.setattr(cache_journal, "remove_cache_records", lambda client, ids: 0)
        cache_journal.sweep(client)
    assert {each.id for each in cache_journal.removable(client)} == there


def test_the_journal_of_a_store_that_goes_is_taken_over(
    client: docker.DockerClient, folder: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours(client, folder)
    there = cache_journal.removable(client)
    with monkeypatch.context() as patch:
        patch.setenv("WORKBOOK_RESULTS", str(tmp_path / "another"))
        assert cache_journal.removable(client) == []
        cache_journal.adopt(store)
        assert cache_journal.removable(client) == there


def test_the_name_of_this_checkout_says_nothing_of_it() -> None:
    assert re.fullmatch("dockerfile-workbook-[0-9a-f]{12}", cache_journal.owner())

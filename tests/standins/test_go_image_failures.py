"""Failures while a stand-in is made, without an engine and without Debian."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest

from helpers.core.errors import BaseImageError, DiskFull, WorkbookError
from helpers.standins import debian, go_image, toolchain
from helpers.standins.parallel import tasks
from helpers.standins.recipes import RECIPES
from tests.standins.toolchain_zips import zip_of

RECIPE = RECIPES[0]


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two lists of apt sources, on a machine of the engine's architecture."""
    monkeypatch.setattr(go_image, "require_same_architecture", lambda architecture: None)
    monkeypatch.setattr(debian, "machine_sources", lambda suite: (("first",), ("second",)))


@pytest.mark.usefixtures("sources")
def test_a_failure_waits_for_the_toolchains_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It uses the layer and the work folder, which are gone after that."""
    started, ended = Event(), Event()

    def download(version: str, architecture: str, folder: Path, on_bytes: Callable[[int], object]) -> Path:
        try:
            for count in range(500):
                on_bytes(count)
                started.set()
                time.sleep(0.02)
        finally:
            ended.set()
        return folder

    def root(*arguments: object) -> Iterator[bytes]:
        started.wait(10)
        raise BaseImageError("mmdebstrap could not install Debian")
        yield b""

    monkeypatch.setattr(toolchain, "download", download)
    monkeypatch.setattr(debian, "root", root)

    with tasks() as running:
        with pytest.raises(BaseImageError, match="mmdebstrap could not install"):
            go_image.make(RECIPE, "amd64", tmp_path, running, lambda step: None)
        assert ended.is_set()


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(
    ("error", "tried"),
    [
        (BaseImageError("no Release file"), [("first",), ("second",)]),
        (debian.TimedOut("`mmdebstrap` printed nothing"), [("first",)]),
        (DiskFull("No space left"), [("first",)]),
    ],
    ids=["sources", "timeout", "full disk"],
)
def test_other_sources_are_tried_only_if_they_can_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: WorkbookError, tried: list[tuple[str]]
) -> None:
    asked: list[tuple[str]] = []

    def root(suite: str, packages: object, sources: tuple[str], *more: object) -> Iterator[bytes]:
        asked.append(sources)
        raise error
        yield b""

    monkeypatch.setattr(toolchain, "download", lambda *arguments: zip_of(tmp_path / "go.zip", RECIPE.go))
    monkeypatch.setattr(toolchain, "SUMS", {})
    monkeypatch.setattr(debian, "root", root)

    with tasks() as running, pytest.raises(type(error), match=str(error)):
        go_image.make(RECIPE, "amd64", tmp_path, running, lambda step: None)
    assert asked == tried

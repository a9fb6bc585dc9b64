"""Builds on the tape: what identifies one, and its replay with every event."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from buildkit_session import CacheRecord, Context, Event, LogLine, Result, Vertex, VertexFinished, VertexStarted

from helpers.core.replay import Pace
from helpers.engine.recording import Archive, NotRecorded, builds, tape
from helpers.engine.recording.archive import write
from helpers.engine.request import Request
from tests.engine.recording.test_tape import HEADER

STEP = Vertex("sha256:1", "[1/2] RUN go build", started=1, completed=2, log="ok\n")
EVENTS: list[Event] = [VertexStarted(STEP), LogLine(STEP, "ok", 1), VertexFinished(STEP)]
RESULT = Result(3.5, 1024, (STEP,), "sha256:2")


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """Nothing is played or recorded after a test."""
    yield
    tape.stop()


@pytest.fixture
def request_(tmp_path: Path) -> Request:
    """What is built."""
    return Request(Context(tmp_path), "FROM scratch\n", tag="api", build_args={"BUILDKIT_CACHE_MOUNT_NS": "1"})


def recorded(request: Request, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """A recording of one build with three events, 0.1 s apart."""
    monkeypatch.setenv(tape.RECORD, str(folder))

    def build(on_event: builds.OnEvent) -> Result:
        for event in EVENTS:
            time.sleep(0.1)
            on_event(event)
        return RESULT

    heard: list[Event] = []
    assert builds.through(request, "cold", build, heard.append) == RESULT
    assert heard == EVENTS
    monkeypatch.delenv(tape.RECORD)
    tape.stop()
    write(folder / "a.zip", HEADER, {"": (folder / "calls-.jsonl").read_bytes().splitlines()}, {})
    return Archive(folder / "a.zip")


def never(on_event: builds.OnEvent) -> Result:
    """A build that a replay must not start."""
    raise AssertionError("The build was started.")


@pytest.mark.parametrize(("pace", "least", "most"), [(Pace.REAL_TIME, 0.3, 60.0), (Pace.AT_ONCE, 0.0, 0.3)])
def test_a_build_is_played_with_its_events(
    request_: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pace: Pace, least: float, most: float
) -> None:
    tape.play(recorded(request_, tmp_path, monkeypatch), pace)
    heard: list[Event] = []
    began = time.monotonic()
    again = replace(request_, build_args={"BUILDKIT_CACHE_MOUNT_NS": "2"})
    assert builds.through(again, "cold", never, heard.append) == RESULT
    assert heard == EVENTS
    assert least <= time.monotonic() - began <= most


@pytest.mark.parametrize(
    "changed",
    [
        {"dockerfile": "FROM scratch\nCMD x\n"},
        {"target": "build"},
        {"no_cache": True},
        {"build_args": {"VERSION": "1"}},
        {"dockerignore": "*"},
    ],
)
def test_another_build_is_not_in_the_recording(
    request_: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    tape.play(recorded(request_, tmp_path, monkeypatch), Pace.AT_ONCE)
    with pytest.raises(NotRecorded, match="a build of"):
        builds.through(replace(request_, **changed), "cold", never, lambda event: None)  # type: ignore[arg-type]
    with pytest.raises(NotRecorded):
        builds.through(request_, "unchanged", never, lambda event: None)


def test_descriptions_of_cache_records_are_not_kept() -> None:
    record = CacheRecord("1", "regular", "RUN echo private", (), 1, 2, False, 3)
    assert tape.converter.unstructure([record], unstructure_as=list[CacheRecord])[0]["description"] == ""

"""Calls through the tape: made, recorded, and played in the order in which they were recorded."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.core import clock
from helpers.core.records import Engine, Machine
from helpers.core.replay import Pace
from helpers.engine.recording import Archive, Header, NotRecorded, tape, through
from helpers.engine.recording.archive import Call, call_to_line, merged, write

HEADER = Header(
    "2026-11-24T12:00:00+00:00",
    Engine("unix:///var/run/docker.sock", "20.10.24", "overlay2", "amd64", "1.41"),
    Machine("a machine", "Linux", "amd64", 2, 1),
)


class Gone(Exception):
    """An error that calls in these tests raise."""


ERRORS = {"Gone": Gone}


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """Nothing is played or recorded after a test."""
    yield
    tape.stop()


def archive_of(tmp_path: Path, **sections: list[Call]) -> Archive:
    """An archive with these calls by section."""
    calls = {name: [call_to_line(call) for call in made] for name, made in sections.items()}
    write(tmp_path / "recording.zip", HEADER, calls, {"scan-2:sha256:1": b"found"})
    return Archive(tmp_path / "recording.zip")


def never() -> int:
    """A call that a replay must not make."""
    raise AssertionError("The call was made.")


def test_without_a_recording_the_call_is_made() -> None:
    assert through("question", "of life", lambda: 42, int) == 42


def test_recorded_calls_are_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tape.RECORD, str(tmp_path))
    tape.open_section("04")
    answers = iter([1, 2])
    assert [through("question", "how many", lambda: next(answers), int) for _ in range(2)] == [1, 2]
    with pytest.raises(Gone):
        through("question", "where", _raise, int, ERRORS)
    monkeypatch.delenv(tape.RECORD)
    tape.stop()
    write(tmp_path / "a.zip", HEADER, {"04": (tmp_path / "calls-04.jsonl").read_bytes().splitlines()}, {})
    player = tape.play(Archive(tmp_path / "a.zip"), Pace.AT_ONCE)
    player.section = "04"
    assert [through("question", "how many", never, int) for _ in range(3)] == [1, 2, 2]
    with pytest.raises(Gone, match="too late"):
        through("question", "where", never, int, ERRORS)


def _raise() -> int:
    raise Gone("too late")


def test_calls_inside_a_recorded_call_are_not_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tape.RECORD, str(tmp_path))
    through("outer", "", lambda: through("inner", "", lambda: 1, int), int)
    with tape.unrecorded():
        through("inner", "", lambda: 1, int)
    lines = (tmp_path / "calls-.jsonl").read_text().splitlines()
    assert ["outer" in line for line in lines] == [True]


def test_what_the_section_lacks_comes_from_another_section(tmp_path: Path) -> None:
    shared, own = Call("build", "01", 1.0, 11), Call("build", "04", 1.0, 44)
    player = tape.play(archive_of(tmp_path, a01=[shared], a04=[own, Call("build", "01", 1.0, 14)]), Pace.AT_ONCE)
    player.section = "a04"
    assert through("build", "01", never, int) == 14
    player.section = "a05"
    assert (through("build", "01", never, int), through("build", "04", never, int)) == (11, 44)


def test_what_is_not_recorded_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    tape.play(archive_of(tmp_path, a01=[]), Pace.AT_ONCE)
    with pytest.raises(NotRecorded, match="doesn't have question of life") as raised:
        through("question", "of life", never, int)
    assert "start a Docker Engine" in raised.value.hint


def test_at_once_moves_the_clock_without_waiting(tmp_path: Path) -> None:
    tape.play(archive_of(tmp_path, a01=[Call("build", "01", 60.0, 1)]), Pace.AT_ONCE)
    began, real = clock.monotonic(), time.monotonic()
    through("build", "01", never, int)
    clock.sleep(30)
    assert clock.monotonic() - began >= 90
    assert time.monotonic() - real < 30


def test_in_real_time_the_call_takes_as_long_as_it_took(tmp_path: Path) -> None:
    tape.play(archive_of(tmp_path, a01=[Call("build", "01", 0.3, 1)]), Pace.REAL_TIME)
    real = time.monotonic()
    through("build", "01", never, int)
    assert time.monotonic() - real >= 0.3


def test_the_header_and_scans_of_an_archive(tmp_path: Path) -> None:
    archive = archive_of(tmp_path, a01=[])
    assert archive.header == HEADER
    assert (archive.scan("scan-2:sha256:1"), archive.scan("scan-2:sha256:2")) == (b"found", None)
    assert (archive.sections, archive.calls("nowhere")) == (["a01"], [])


def test_now_is_the_time_of_the_recording(tmp_path: Path) -> None:
    tape.play(archive_of(tmp_path, a01=[]), Pace.AT_ONCE)
    assert tape.now().isoformat() == HEADER.recorded
    assert tape.played() == HEADER


def test_polling_is_kept_once(tmp_path: Path) -> None:
    polled = [Call("request", "/health", seconds, error="Gone", message="refused") for seconds in (1.0, 3.0)]
    other, answered = Call("http", "GET /info", 1.0, 1), Call("request", "/health", 1.0, 200)
    made = [polled[0], other, polled[1], answered, polled[0]]
    kept = merged(made)
    assert [(call.key, call.seconds, call.times) for call in kept] == [
        ("/health", 2.0, 2),
        ("GET /info", 1.0, 1),
        ("/health", 1.0, 1),
        ("/health", 1.0, 1),
    ]
    player = tape.play(archive_of(tmp_path, a01=kept), Pace.AT_ONCE)
    assert [getattr(player.next("request", "/health"), "error", None) for _ in range(4)] == ["Gone", "Gone", "", "Gone"]


def test_the_same_recording_is_the_same_file(tmp_path: Path) -> None:
    archive_of(tmp_path, a01=[Call("build", "01", 1.0, 1)])
    first = (tmp_path / "recording.zip").read_bytes()
    archive_of(tmp_path, a01=[Call("build", "01", 1.0, 1)])
    assert (tmp_path / "recording.zip").read_bytes() == first


def test_the_clock_is_the_systems_again_after_a_replay(tmp_path: Path) -> None:
    tape.play(archive_of(tmp_path, a01=[]), Pace.AT_ONCE)
    clock.sleep(1000)
    tape.stop()
    assert abs(clock.monotonic() - time.monotonic()) < 10

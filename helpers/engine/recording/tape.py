"""Every call that depends on an engine or a container goes through here: made, made and recorded, or played.

A replay finds a call by what it asks. Equal calls are played in the order in which they were recorded in this section;
the last one is repeated, as a program that polls may ask once more. A call that the section lacks because another one
had measured it before comes from there.
"""

import os
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote

from cattrs.preconf.json import make_converter

from helpers.core import clock, replay
from helpers.core.errors import WorkbookError
from helpers.core.paths import PROJECT
from helpers.core.replay import Pace
from helpers.engine.recording.archive import Archive, Call, Header, call_to_line

RECORD = "WORKBOOK_RECORD"  # the folder to which a run writes its calls
COMMITTED = PROJECT / "helpers" / "course" / "recording.zip"
_LOOP_SECONDS = 0.5
Value = TypeVar("Value")
Errors = Mapping[str, type[Exception]]  # by name: those that are recorded
converter = make_converter()


class NotRecorded(WorkbookError):
    """The recording doesn't have what was asked."""


def missing(what: str) -> NotRecorded:
    """The error for something that isn't in the recording."""
    return NotRecorded(
        f"The recording doesn't have {what}.",
        "A replay has only what the course itself asks. To build a changed Dockerfile, start a Docker Engine and run "
        'the notebook without replay = "…"; to go on with the replay, write the course\'s Dockerfile again.',
    )


class Player:
    """Plays the calls of an archive."""

    def __init__(self, archive: Archive, pace: Pace) -> None:
        self.archive, self.pace, self.section = archive, pace, ""
        self._calls: dict[str, dict[tuple[str, str], list[Call]]] = {}
        self._position: dict[tuple[str, str, str], int] = defaultdict(int)
        self._lock = threading.Lock()

    def next(self, kind: str, key: str) -> Call | None:
        """The next call of that kind and key; None if there is none. Takes no time."""
        with self._lock:
            for section in dict.fromkeys([self.section, "", *self.archive.sections]):
                if found := self._indexed(section).get((kind, key)):
                    position = self._position[section, kind, key]
                    self._position[section, kind, key] = position + 1
                    return found[min(position, len(found) - 1)]
        return None

    def pass_time(self, seconds: float) -> None:
        """Waits as long as the call took; at once, moves the clock instead."""
        clock.sleep(seconds)

    def _indexed(self, section: str) -> dict[tuple[str, str], list[Call]]:
        if section not in self._calls:
            index: dict[tuple[str, str], list[Call]] = defaultdict(list)
            for call in self.archive.calls(section):
                index[call.kind, call.key] += [call] * call.times
            self._calls[section] = index
        return self._calls[section]


class Recorder:
    """Writes calls to a file for each section, and each scan once."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.section = folder, ""
        self._lock, self._inner = threading.Lock(), threading.local()

    def began(self) -> float:
        """When the call that starts now began, by time.monotonic.

        On a busy machine, a loop that polls spends as much time between its calls as in them. What a thread did since
        its last call, apart from sleeping, counts as part of the call, unless it was something else that took longer.
        """
        now, ended = time.monotonic(), getattr(self._inner, "ended", None)
        if ended is None:
            return now
        between = now - ended[0] - (clock.slept() - ended[1])
        return now - between if 0 < between < _LOOP_SECONDS else now

    @property
    def is_inside(self) -> bool:
        """Whether this thread is inside a call that is recorded as a whole."""
        return bool(getattr(self._inner, "depth", 0))

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Calls within the block are parts of a call that is recorded as a whole."""
        self._inner.depth = getattr(self._inner, "depth", 0) + 1
        try:
            yield
        finally:
            self._inner.depth -= 1

    def add(self, call: Call) -> None:
        """Adds a call to the section's file."""
        self._inner.ended = time.monotonic(), clock.slept()
        with self._lock, (self._folder / f"calls-{self.section}.jsonl").open("ab") as file:
            file.write(call_to_line(call) + b"\n")

    def add_scan(self, name: str, content: bytes) -> None:
        """Keeps a scan."""
        (self._folder / f"scan-{quote(name, safe='')}").write_bytes(content)


class _Deck:
    """What this process does with its calls: by default, nothing but making them."""

    def __init__(self) -> None:
        self.player: Player | None = None
        self.recorder: Recorder | None = None


_deck = _Deck()


def play(archive: Archive, pace: Pace) -> Player:
    """Plays this recording from now on."""
    _deck.player = Player(archive, pace)
    if pace == Pace.AT_ONCE:
        clock.skip_waits()
    return _deck.player


def stop() -> None:
    """Neither plays nor records from now on."""
    _deck.player = _deck.recorder = None
    clock.stop_skipping()


def player() -> Player | None:
    """What plays a recording in this process; None if an engine is used."""
    return _deck.player


def recorder() -> Recorder | None:
    """What records this process's calls; None if nothing does."""
    folder = os.environ.get(RECORD)
    if folder and _deck.recorder is None and _deck.player is None:
        _deck.recorder = Recorder(Path(folder))
    return _deck.recorder


def played() -> Header | None:
    """The header of the recording that is played; None if an engine is used."""
    return _deck.player.archive.header if _deck.player else None


def now() -> datetime:
    """The time in UTC; in a replay, that of the recording."""
    header = played()
    return datetime.fromisoformat(header.recorded) if header else datetime.now(UTC)


def unrecorded() -> AbstractContextManager[None]:
    """Calls within the block aren't recorded: a replay doesn't make them."""
    tape = recorder()
    return tape.whole() if tape else nullcontext()


def open_section(name: str) -> None:
    """The calls from now on belong to this section."""
    for each in (_deck.player, recorder()):
        if each:
            each.section = name


def through(kind: str, key: str, call: Callable[[], Value], type_: object, errors: Errors | None = None) -> Value:
    """What the call returns or raises: made now, and recorded if this process records; or as it was recorded.

    `type_` is that of the value, for its JSON. Of the errors that it raises, `errors` are recorded.
    Raises NotRecorded if a replay doesn't have it.
    """
    if _deck.player:
        return cast("Value", _play(_deck.player, kind, key, type_, errors or {}))
    if (tape := recorder()) is None or tape.is_inside:
        return call()
    return _record(tape, kind, key, call, type_, errors or {})


def _play(player: Player, kind: str, key: str, type_: object, errors: Errors) -> object:
    found = player.next(kind, key)
    if found is None:
        raise missing(f"{kind} {key}")
    player.pass_time(found.seconds)
    if found.error:
        raise errors[found.error](found.message)
    return converter.structure(found.value, cast("type[Any]", type_))


def _record(tape: Recorder, kind: str, key: str, call: Callable[[], Value], type_: object, errors: Errors) -> Value:
    began = tape.began()
    try:
        with tape.whole():
            value = call()
    except tuple(errors.values()) as error:
        tape.add(Call(kind, key, time.monotonic() - began, None, type(error).__name__, str(error)))
        raise
    tape.add(Call(kind, key, time.monotonic() - began, converter.unstructure(value, unstructure_as=type_)))
    return value


def random_digits(count: int = 32) -> str:
    """New random hexadecimal digits, at most 32; in a replay the recorded ones, which the engine's answers have."""
    return through("random", str(count), lambda: uuid.uuid4().hex[:count], str)


def started() -> Player | None:
    """The player if WORKBOOK_REPLAY asks for a replay; it starts on first use."""
    if _deck.player is None and (pace := replay.pace()):
        play(Archive(COMMITTED), pace)
    return _deck.player

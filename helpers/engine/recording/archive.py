"""The file of a recording: a ZIP archive with a header, the calls of each section, and the scans of images."""

import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean
from typing import Any

from cattrs.preconf.json import make_converter

from helpers.core.records import Engine, Machine

FORMAT = 1
_HEADER, _CALLS, _SCANS = "recording.json", "calls/", "scans/"
_converter = make_converter(omit_if_default=True)


@dataclass(frozen=True)
class Header:
    """When and where the recording was made, and of what."""

    recorded: str  # ISO 8601, UTC
    engine: Engine
    machine: Machine
    sources: Mapping[str, str] = field(default_factory=dict)  # digest of each file that it depends on, by path
    format: int = FORMAT


@dataclass(frozen=True)
class Call:
    """One call: what was asked, what came back or which error, and how long it took."""

    kind: str  # "http", "build", "container", …
    key: str  # what was asked; the same question has the same key in every run
    seconds: float
    value: Any = None  # as JSON
    error: str = ""  # the name of the error's class
    message: str = ""
    times: int = 1  # how often it was made in a row; `seconds` is the mean


class Archive:
    """A recording in a file. Sections are read when they are first needed."""

    def __init__(self, path: Path) -> None:
        self._file = zipfile.ZipFile(path)
        self.header = _converter.loads(self._file.read(_HEADER), Header)

    @property
    def sections(self) -> list[str]:
        """The names of the recorded sections, in the order of the course; "" is what precedes any section."""
        return sorted(name.removeprefix(_CALLS) for name in self._file.namelist() if name.startswith(_CALLS))

    def calls(self, section: str) -> list[Call]:
        """The calls of a section in the order in which they ended; [] if it isn't recorded."""
        name = f"{_CALLS}{section}"
        return lines_to_calls(self._file.read(name).splitlines()) if name in self._file.namelist() else []

    def scan(self, name: str) -> bytes | None:
        """The stored scan of that name; None if it isn't recorded."""
        name = f"{_SCANS}{name}"
        return self._file.read(name) if name in self._file.namelist() else None


def write(path: Path, header: Header, calls: Mapping[str, Iterable[bytes]], scans: Mapping[str, bytes]) -> None:
    """Writes a recording; `calls` are the lines of `call_to_line` of each section."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        _add(file, _HEADER, _converter.dumps(header, indent=2).encode())
        for section, lines in sorted(calls.items()):
            _add(file, f"{_CALLS}{section}", b"\n".join(lines))
        for name, content in sorted(scans.items()):
            _add(file, f"{_SCANS}{name}", content)


def call_to_line(call: Call) -> bytes:
    """The call as a line of JSON, without its end."""
    return _converter.dumps(call, separators=(",", ":")).encode()


def lines_to_calls(lines: Iterable[bytes]) -> list[Call]:
    """The calls in lines of `call_to_line`."""
    return [_converter.loads(line, Call) for line in lines]


def merged(calls: Iterable[Call]) -> list[Call]:
    """The calls, with those of the same key that had the same result in a row as one: polling repeats a question."""
    rows: list[list[Call]] = []
    last: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        row = last.get((call.kind, call.key))
        if row is None or replace(row[0], seconds=call.seconds) != call:
            rows.append(row := [])
            last[call.kind, call.key] = row
        row.append(call)
    return [replace(row[0], seconds=mean(call.seconds for call in row), times=len(row)) for row in rows]


def _add(file: zipfile.ZipFile, name: str, content: bytes) -> None:
    """Adds a file without the time, so that the same recording is the same archive."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_LZMA
    file.writestr(entry, content)

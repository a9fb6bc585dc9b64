"""Makes the committed recording from a run of the whole course: `python3 -m helpers record`."""

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

from docker import DockerClient

from helpers.core.units import bytes_in_words
from helpers.course import recorded_sources
from helpers.course.machine import this_machine
from helpers.engine.connection import describe
from helpers.engine.recording import Header, archive, tape
from helpers.measure.privacy import redaction
from helpers.measure.privacy import this_machine as private_data

_CALLS, _SCANS = "calls-", "scan-"
_PART = re.compile(r"[0-9a-f]{64}/layer\.tar|blobs/.*")  # one layer: a replay reads what the whole image's scan found
_WRITTEN = "Wrote {path}: {size}."
_NOT_WRITTEN = "The recording wasn't changed, because a section failed."


def record(connect: Callable[[], DockerClient], run: Callable[[DockerClient], int]) -> int:
    """Runs the course, and replaces the committed recording if every section passed; returns the exit status.

    `connect` connects to the engine, `run` runs the course there. The calls of all their processes are recorded.
    """
    with tempfile.TemporaryDirectory(prefix="dockerfile-workbook-recording-") as folder:
        os.environ[tape.RECORD] = folder
        try:
            client = connect()
            status = run(client)
        finally:
            del os.environ[tape.RECORD]
        if status == 0:
            pack(Path(folder), header_of(client), tape.COMMITTED)
            print(_WRITTEN.format(path=tape.COMMITTED, size=bytes_in_words(tape.COMMITTED.stat().st_size)))
        else:
            print(_NOT_WRITTEN)
        return status


def header_of(client: DockerClient) -> Header:
    """The header of a recording that was made just now."""
    recorded = tape.now().isoformat(timespec="seconds")
    return Header(recorded, describe(client), this_machine(), recorded_sources.digests())


def pack(folder: Path, header: Header, target: Path) -> None:
    """Writes the calls and scans in the folder as an archive, with private data hidden."""
    hide = redaction(private_data(), ())
    calls = {
        path.name.removeprefix(_CALLS).removesuffix(".jsonl"): [hide(line).encode() for line in _merged(path)]
        for path in folder.glob(f"{_CALLS}*")
    }
    scans = {unquote(path.name.removeprefix(_SCANS)): path.read_bytes() for path in folder.glob(f"{_SCANS}*")}
    archive.write(target, header, calls, {name: scan for name, scan in scans.items() if not _PART.fullmatch(name)})


def _merged(path: Path) -> list[str]:
    """The lines of a section, shorter by what was asked several times in a row."""
    calls = archive.merged(archive.lines_to_calls(path.read_bytes().splitlines()))
    return [archive.call_to_line(call).decode() for call in calls]

"""Recordings of everything that the course asks of an engine and its containers, and their replay without an engine.

`tape` is what the rest of the course calls: `through` makes a call, and records it or plays it. `http` does the same to
the requests below the Docker SDK. `archive` is the file.
"""

from helpers.engine.recording.archive import Archive, Header
from helpers.engine.recording.tape import NotRecorded, now, open_section, played, random_digits, through, unrecorded

__all__ = [
    "Archive",
    "Header",
    "NotRecorded",
    "now",
    "open_section",
    "played",
    "random_digits",
    "through",
    "unrecorded",
]

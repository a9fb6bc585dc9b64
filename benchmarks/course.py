"""A whole `run` against the engine's work in it: what the course itself takes beyond its builds and containers."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.pair import seconds
from benchmarks.result import Result
from benchmarks.workplace import Workplace, command
from helpers.course.folder import DOCUMENT
from helpers.records import Kind
from helpers.show.progress import progress

NAME = "course"
_LIMIT = 1.10
_RUN = [sys.executable, "-m", "helpers", "run", "--yes"]


def measure(place: Workplace) -> Iterator[Result]:
    """One run, n = 1: it takes some twelve minutes, and is held against its own builds and containers."""
    results = place.folder / "results"
    with progress(f"{NAME}, a whole run (n = 1)") as bar:
        took = seconds(lambda: command(_RUN, {"WORKBOOK_RESULTS": str(results)}))
        result = overhead(took, _work(results / DOCUMENT))
        bar.summary = table.line(result)
    yield result


def overhead(took: float, work: dict[str, Any]) -> Result:
    """The run's wall clock, looks into images apart, beside the seconds of its builds and containers."""
    engine = sum(float(work[kind]["seconds"]) for kind in (Kind.BUILD, Kind.CONTAINER))
    ours = took - float(work[Kind.SCAN]["seconds"])
    return Result(NAME, "a whole run", "s", (ours,), (engine,), "its builds and containers", _LIMIT)


def _work(document: Path) -> dict[str, Any]:
    work: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))["work"]
    return work

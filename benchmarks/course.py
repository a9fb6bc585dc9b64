"""A whole `run` compared with its builds and containers: the overhead of the course itself."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import table
from benchmarks.pair import seconds
from benchmarks.result import Result
from benchmarks.workplace import Workplace, command
from helpers.charts.progress import progress
from helpers.core.records import Kind
from helpers.runner.result_files import DOCUMENT, LATEST

NAME = "course"
_LIMIT = 1.10
_RUN = [sys.executable, "-m", "helpers", "run", "--yes"]


def measure(place: Workplace) -> Iterator[Result]:
    """Measures one run (n = 1) against its own builds and containers."""
    results = place.folder / "results"
    with progress(f"{NAME}, a whole run (n = 1)") as bar:
        took = seconds(lambda: command(_RUN, {"WORKBOOK_RESULTS": str(results)}))
        result = overhead(took, _work(results / LATEST / DOCUMENT))
        bar.summary = table.line(result)
    yield result


def overhead(took: float, work: dict[str, Any]) -> Result:
    """The run's wall clock without image scans, compared with the seconds of its builds and containers."""
    engine = sum(float(work[kind]["seconds"]) for kind in (Kind.BUILD, Kind.CONTAINER))
    ours = took - float(work[Kind.SCAN]["seconds"])
    return Result(NAME, "a whole run", "s", (ours,), (engine,), "its builds and containers", _LIMIT)


def _work(document: Path) -> dict[str, Any]:
    work: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))["work"]
    return work

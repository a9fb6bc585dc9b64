"""Runs the selected benchmarks, prints the table, and writes every single measurement into one JSON document."""

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import docker

from benchmarks import build, contents, context, course, setup, trace
from benchmarks.result import Result
from benchmarks.table import table
from benchmarks.workplace import Workplace, command, dive, workplace
from helpers import standins
from helpers.core.errors import WorkbookError
from helpers.course.machine import this_machine
from helpers.engine.connection import describe
from helpers.measure.privacy import shared
from helpers.measure.store import results_folder

Measure = Callable[[Workplace], Iterator[Result]]
Json = dict[str, Any]

SUBJECTS: dict[str, Measure] = {
    module.NAME: module.measure for module in (build, context, contents, trace, setup, course)
}
ONLY_WHEN_NAMED = frozenset({setup.NAME, course.NAME})
DOCUMENT = "benchmarks.json"
SCHEMA = 1
_PACKAGES = ("docker", "grpclib", "h2", "protobuf")


def choose(names: Sequence[str]) -> list[str]:
    """The benchmarks to run, in fixed order, each once: those named, or all except ONLY_WHEN_NAMED.

    Raises WorkbookError for an unknown name.
    """
    for name in names:
        if name not in SUBJECTS:
            raise WorkbookError(f"There is no benchmark {name!r}.", f"Choose from: {', '.join(SUBJECTS)}.")
    return [name for name in SUBJECTS if (name in names if names else name not in ONLY_WHEN_NAMED)]


def run(names: Sequence[str], client: docker.DockerClient, docker_command: str, repeats: int) -> int:
    """Runs these benchmarks and returns exit status 0, even if a limit is missed: the table shows that.

    If an error or Ctrl-C ends it early, the results so far are still printed and written.
    """
    results: list[Result] = []
    measured_on = environment(client, docker_command)
    try:
        with workplace(client, docker_command, repeats) as place:
            for name in names:
                results.extend(SUBJECTS[name](place))
    finally:
        _finish(results, measured_on)
    return 0


def _finish(results: Sequence[Result], measured_on: Json) -> None:
    path = results_folder() / DOCUMENT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dumps(results, measured_on), encoding="utf-8")
    print(f"\n{table(results)}\n\nAll measurements: {path}", flush=True)


def environment(client: docker.DockerClient, docker_command: str) -> Json:
    """The machine, the engine, the base images and the versions of the tools."""
    return {
        "machine": asdict(this_machine()),
        "engine": asdict(describe(client)),
        "base_images": [asdict(image) for image in standins.present(client)],
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
            "docker_command": command([docker_command, "--version"]).strip(),
            "dive": command([found, "--version"]).strip() if (found := dive()) else None,
        },
    }


def document(results: Sequence[Result], measured_on: Json) -> Json:
    """The document as plain JSON values; None marks what was not measured."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"schema": SCHEMA, "measured_at": now, **measured_on, "benchmarks": [_entry(each) for each in results]}


def dumps(results: Sequence[Result], measured_on: Json) -> str:
    """The document as text, without private data."""
    return json.dumps(shared(document(results, measured_on)), indent=2, ensure_ascii=False) + "\n"


def _entry(result: Result) -> Json:
    ours, theirs = result.medians
    return {
        "subject": result.subject,
        "name": result.name,
        "unit": result.unit,
        "against": result.against or None,
        "n": len(result.ours),
        "ours": list(result.ours) or None,
        "theirs": list(result.theirs) or None,
        "median_ours": ours,
        "median_theirs": theirs,
        "ratio": result.ratio,
        "spread": list(result.spread) if result.spread else None,
        "limit": result.limit,
        "holds": result.limit_met,
        "not_measured": result.missing or None,
    }

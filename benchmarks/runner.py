"""Runs the benchmarks that were asked for, prints the table and writes the document."""

from collections.abc import Callable, Iterator, Sequence

import docker

from benchmarks import build, contents, context, course, document, trace
from benchmarks.result import Result
from benchmarks.table import table
from benchmarks.workplace import Workplace, workplace
from helpers.experiment.store import results_folder
from helpers.records.errors import WorkbookError

Measure = Callable[[Workplace], Iterator[Result]]

SUBJECTS: dict[str, Measure] = {module.NAME: module.measure for module in (build, context, contents, trace, course)}
ONLY_WHEN_NAMED = frozenset({course.NAME})
DOCUMENT = "benchmarks.json"


def choose(names: Sequence[str]) -> list[str]:
    """The subjects to measure, in their order, each once: those named, else all that do not ask to be named.

    Raises WorkbookError for a name that is none.
    """
    for name in names:
        if name not in SUBJECTS:
            raise WorkbookError(f"There is no benchmark {name!r}.", f"name one of: {', '.join(SUBJECTS)}")
    return [name for name in SUBJECTS if (name in names if names else name not in ONLY_WHEN_NAMED)]


def run(names: Sequence[str], client: docker.DockerClient, docker_command: str, repeats: int) -> int:
    """Measure these subjects; 0, also where a limit is missed: the table says so.

    Whatever ends it early, what was measured before is told and written.
    """
    results: list[Result] = []
    around = document.surroundings(client, docker_command)
    try:
        with workplace(client, docker_command, repeats) as place:
            for name in names:
                results.extend(SUBJECTS[name](place))
    finally:
        _finish(results, around)
    return 0


def _finish(results: Sequence[Result], around: document.Json) -> None:
    place = results_folder() / DOCUMENT
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(document.dumps(results, around), encoding="utf-8")
    print(f"\n{table(results)}\n\nEvery figure: {place}", flush=True)

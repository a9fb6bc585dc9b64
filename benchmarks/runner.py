"""Runs the selected benchmarks, prints the table and writes the document."""

from collections.abc import Callable, Iterator, Sequence

import docker

from benchmarks import build, contents, context, course, document, setup, trace
from benchmarks.result import Result
from benchmarks.table import table
from benchmarks.workplace import Workplace, workplace
from helpers.core.errors import WorkbookError
from helpers.measure.store import results_folder

Measure = Callable[[Workplace], Iterator[Result]]

SUBJECTS: dict[str, Measure] = {
    module.NAME: module.measure for module in (build, context, contents, trace, setup, course)
}
ONLY_WHEN_NAMED = frozenset({setup.NAME, course.NAME})
DOCUMENT = "benchmarks.json"


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
    measured_on = document.environment(client, docker_command)
    try:
        with workplace(client, docker_command, repeats) as place:
            for name in names:
                results.extend(SUBJECTS[name](place))
    finally:
        _finish(results, measured_on)
    return 0


def _finish(results: Sequence[Result], measured_on: document.Json) -> None:
    path = results_folder() / DOCUMENT
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document.dumps(results, measured_on), encoding="utf-8")
    print(f"\n{table(results)}\n\nAll measurements: {path}", flush=True)

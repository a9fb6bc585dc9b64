"""The error clinic: broken cases with the message that the engine gives, and a check that runs the reader's repair."""

import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import docker
from cattrs import Converter

from helpers.core.errors import BuildFailed, ContainerExited, NeverHealthy, WorkbookError
from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.core.records import Run
from helpers.engine.build_progress import Listener, silent
from helpers.engine.http_client import LOOPBACK
from helpers.engine.unpublished import request_unpublished
from helpers.measure.experiment import Experiment
from helpers.measure.project import Project
from helpers.measure.run_options import RunOptions

FOLDER = Path(__file__).with_name("clinic_cases")
SECTION = "13-error-clinic"
DOCKERFILE, DOCKERIGNORE, OPTIONS = "Dockerfile", ".dockerignore", "options"
PUBLISHED: dict[str, object] = {"ports": {"8080/tcp": (LOOPBACK, None)}}  # Docker picks the port of this machine
_TCP_PORT = re.compile(r"\d+(?:/tcp)?")
_PATIENCE = 10.0  # seconds that a server gets until its first 200, also on a busy machine
_NOT_STARTED = "The container could not be started"  # of helpers.engine.failures
_GRACE = 5.0  # seconds from SIGTERM to the exit, half of what `docker stop` waits

Repair = str | Mapping[str, object]  # the text of the file to repair, or options for the SDK's containers.run


class Phase(StrEnum):
    """Where a case fails, in the order in which it would get there."""

    BUILD = "the build failed"
    START = "the container didn't start"
    EXIT = "the server exited"
    ANSWER = "the server didn't answer"
    STOP = "the server didn't stop cleanly"
    LOST = "it runs, but the repair lost something"
    RUNS = "it runs"


@dataclass(frozen=True)
class Wanted:
    """What a repair has to keep, besides the 200 and the exit on SIGTERM: else it avoids the question."""

    body: str = ""  # in the response of /health
    not_in_log: str = ""
    not_root: bool = False
    most_megabytes: float = 50.0


@dataclass(frozen=True)
class Case:
    """A broken Dockerfile, file or run, and help with its repair."""

    name: str
    title: str
    question: str
    phase: str  # the name of the Phase in which it fails
    says: str  # a part of the message
    hints: tuple[str, ...]
    explanation: str
    context: str = "service"  # a folder of FOLDER, or of the project
    edits: str = DOCKERFILE  # the file that the reader repairs; "options": those of the run
    wanted: Wanted = field(default_factory=Wanted)

    @property
    def variable(self) -> str:
        """The variable that the notebook uses for it."""
        return self.name.replace("-", "_")

    @property
    def start(self) -> Repair:
        """What the reader starts from."""
        return {"ports": {}} if self.edits == OPTIONS else self._text(self.edits)

    @property
    def solution(self) -> Repair:
        """What repairs it."""
        return PUBLISHED if self.edits == OPTIONS else self._text(f"{self.edits}.solution")

    @property
    def dockerfile(self) -> str:
        """The Dockerfile as committed."""
        return self._text(DOCKERFILE)

    def _text(self, name: str) -> str:
        return (FOLDER / self.name / name).read_text(encoding="utf-8")

    @property
    def folder(self) -> Path:
        """The build context, without the file that the reader repairs."""
        return FOLDER / self.context if (FOLDER / self.context).is_dir() else PROJECT / self.context


@dataclass(frozen=True)
class Result:
    """How far an attempt got, and its message."""

    phase: Phase
    message: str
    status: int | None = None  # the exit code after SIGTERM, if it got that far

    @property
    def runs(self) -> bool:
        """Whether it builds, starts, answers and stops."""
        return self.phase == Phase.RUNS


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    """All cases, in the notebook's order."""
    with (FOLDER / "cases.toml").open("rb") as file:
        return tuple(Converter().structure(tomllib.load(file)["case"], list[Case]))


def case_named(name: str) -> Case:
    """The case with that name. Raises WorkbookError if there is none."""
    found = {case.name: case for case in cases()}
    if name not in found:
        raise WorkbookError(f"There is no case {name!r}.", f"Use one of: {', '.join(found)}.")
    return found[name]


def experiment_of(client: docker.DockerClient, case: Case, dockerfile: str | None = None) -> Experiment:
    """The experiment of a case whose build needs no other repaired file, with its own or the given Dockerfile."""
    return _experiment(client, case, case.folder, {DOCKERFILE: dockerfile or case.dockerfile})


_expected: dict[tuple[docker.DockerClient, str, bool], Result] = {}  # of `examined`, until `forget`


def examined(client: docker.DockerClient, name: str, solved: bool, listener: Listener = silent) -> Result:
    """The result of the named case, or of its solution; examined once until `forget()`.

    An unexpected result isn't kept, because it may be chance: the next call examines the case again.
    """
    case, key = case_named(name), (client, name, solved)
    if key in _expected:
        return _expected[key]
    result = examine(client, case, case.solution if solved else case.start, listener)
    if result.phase == (Phase.RUNS if solved else Phase[case.phase]):
        _expected[key] = result
    return result


def forget() -> None:
    """Forgets what was examined."""
    _expected.clear()


def examine(client: docker.DockerClient, case: Case, repair: Repair, listener: Listener = silent) -> Result:
    """Builds and runs the case with the repair, or with what it starts from.

    Raises WorkbookError if the repair isn't of the case's kind, or if the engine fails for a reason that has nothing to
    do with the case.
    """
    _expect_kind(case, repair)
    if isinstance(repair, Mapping):
        experiment = experiment_of(client, case)
        experiment.listener = listener
        return observe(case, experiment, repair)
    with _context(case, repair) as folder:
        experiment = _experiment(client, case, folder, {case.edits: repair})
        experiment.listener = listener
        return observe(case, experiment)


def observe(case: Case, experiment: Experiment, options: Mapping[str, Any] = PUBLISHED) -> Result:
    """How far the experiment of a case gets when it is run with these options.

    Raises WorkbookError for an engine's failure.
    """
    if reason := _unusable(options):
        return Result(Phase.START, reason)
    try:
        return _observed(case, experiment, options)
    except WorkbookError as error:
        if (phase := _phase_of(error)) is None:
            raise
        words = "" if error.original in error.message else f"{error.original}\n"
        return Result(phase, words + error.message)


def _observed(case: Case, experiment: Experiment, options: Mapping[str, Any]) -> Result:
    experiment.ready()
    if not options.get("ports"):
        message = request_unpublished(experiment.client, experiment.tag, experiment.project.health_path)
        return Result(Phase.ANSWER, message)
    return _judged(case, experiment, experiment.run(_run_options(case, options["ports"])))


def _phase_of(error: WorkbookError) -> Phase | None:
    """The phase that the error belongs to; None if it is about the engine instead of the case."""
    kinds = {BuildFailed: Phase.BUILD, ContainerExited: Phase.EXIT, NeverHealthy: Phase.ANSWER}
    about_the_start = Phase.START if error.message.startswith(_NOT_STARTED) else None
    return kinds.get(type(error), about_the_start)


def _judged(case: Case, experiment: Experiment, run: Run) -> Result:
    """The result of a run that answered with 200: whether it stopped, and whether it still is what was wanted."""
    stopped = run.shutdown
    if stopped is None or stopped.seconds > _GRACE or stopped.exit_code != 0:
        return Result(Phase.STOP, _stop_message(run), stopped.exit_code if stopped else None)
    missing = "; ".join(_missing(case.wanted, run, experiment))
    if missing:
        return Result(Phase.LOST, f"It answers with 200, but {missing}.")
    return Result(Phase.RUNS, f"/health answered with 200, and SIGTERM ended the server within {_GRACE:.0f} s", 0)


def _stop_message(run: Run) -> str:
    if run.shutdown is None:
        return "Its shutdown was not observed."
    return (
        f"docker stop: {run.shutdown.seconds:.0f} s after SIGTERM, the container had exit code "
        f"{run.shutdown.exit_code}.\nIts log ends with:\n{run.log.rstrip()}"
    )


def _missing(wanted: Wanted, run: Run, experiment: Experiment) -> Iterator[str]:
    """What the repair lost."""
    if wanted.body not in run.health.body:
        yield f"its response is {run.health.body.strip()!r}, without {wanted.body!r}"
    if wanted.not_in_log and wanted.not_in_log in run.log:
        yield f"its log contains {wanted.not_in_log!r}"
    if wanted.not_root and run.process is not None and run.process.uid == 0:
        yield "the server runs as root"
    megabytes = experiment.client.images.get(experiment.tag).attrs["Size"] / 1e6
    if megabytes > wanted.most_megabytes:
        yield f"the image has {megabytes:,.0f} MB; wanted: at most {wanted.most_megabytes:,.0f} MB"


def _expect_kind(case: Case, repair: object) -> None:
    """Raises WorkbookError if the repair is a text where the case takes options, or the other way round."""
    takes_options = case.edits == OPTIONS
    if not isinstance(repair, Mapping if takes_options else str):
        raise WorkbookError(
            f"{case.name} can't be checked: yours is a {type(repair).__name__}.",
            f"Set yours to {'a dict of options' if takes_options else f'the text of {case.edits}'}.",
        )


def _unusable(options: Mapping[str, Any]) -> str:
    """Why these options can't be used; "" if they can."""
    if others := sorted(map(str, options.keys() - {"ports"})):
        return f"This case takes no options but ports. Remove {', '.join(others)}."
    ports = options.get("ports") or {}
    if not isinstance(ports, Mapping):
        return f"ports is a {type(ports).__name__}. Wanted: a dict."
    return next(filter(None, (_unusable_port(str(port), where) for port, where in ports.items())), "")


def _unusable_port(port: str, where: object) -> str:
    """Why a port of the container can't be published there; "" if it can."""
    if not _TCP_PORT.fullmatch(port):
        return f"{port!r} isn't a TCP port of the container. Wanted: its number and /tcp."
    if not isinstance(where, tuple) or where[:1] != (LOOPBACK,):
        return f"{where!r} publishes the port for other machines too. Wanted: ({LOOPBACK!r}, a port or None)."
    return ""


def _run_options(case: Case, ports: Mapping[str, Any]) -> RunOptions:
    port = int(str(next(iter(ports))).partition("/")[0])
    return RunOptions(port=port, timeout=_PATIENCE, shutdown=True, process=case.wanted.not_root)


@contextmanager
def _context(case: Case, text: str) -> Iterator[Path]:
    """The case's build context; with the repaired file in it if it is neither the Dockerfile nor .dockerignore."""
    if case.edits in (DOCKERFILE, DOCKERIGNORE):
        yield case.folder
        return
    with tempfile.TemporaryDirectory(prefix=f"{case.name}-") as made:
        folder = Path(shutil.copytree(case.folder, Path(made) / case.context))
        (folder / case.edits).write_text(text, encoding="utf-8")
        yield folder


def _experiment(client: docker.DockerClient, case: Case, folder: Path, texts: Mapping[str, str]) -> Experiment:
    return Experiment(
        client,
        case.name,
        texts.get(DOCKERFILE, case.dockerfile),
        Project(folder),
        tag=f"{PREFIX}/{SECTION}:{case.name}",
        file=f"{case.name}/{DOCKERFILE}",
        dockerignore=texts.get(DOCKERIGNORE, _own_ignore(case)),
    )


def _own_ignore(case: Case) -> str | None:
    path = FOLDER / case.name / DOCKERIGNORE
    return path.read_text(encoding="utf-8") if path.is_file() else None

"""Executes one notebook with papermill and understands every way in which it can go wrong."""

import errno
import logging
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import papermill  # type: ignore[import-untyped]
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError  # type: ignore[import-untyped]
from papermill.execute import remove_error_markers  # type: ignore[import-untyped]
from traitlets import Float

from helpers.course import notebook as notebooks
from helpers.course.outcome import Failure, Outcome
from helpers.course.sharing import shared_notebook
from helpers.course.verdict import failure_at, verdict
from helpers.records.errors import DiskFull
from helpers.records.printable import printable

EXECUTION_TIMEOUT = 1800.0  # seconds a cell: longer than the slowest cold build seen, shorter than an evening
GRACE = 40.0  # seconds in which a kernel that is stopped may remove its containers; jupyter_client's own is 5
QUIET_KERNEL = ["--log-level=CRITICAL"]  # ipykernel 7.4 warns of TCP on every start; what matters comes as messages

TIMED_OUT = "It ran longer than the {seconds:g} seconds that a cell may take, and was stopped."
DEAD = "The kernel died while this cell ran: the system may have ended it for want of memory."
UNKNOWN_PARAMETER = "The notebook has no parameter named {name}: its cell tagged 'parameters' does not set it."
DISK_FULL = "No space is left for the results in {folder}."


class PatientManager(AsyncKernelManager):
    """Stops a kernel as any other does, and waits longer before it kills it."""

    shutdown_wait_time = Float(GRACE)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # as AsyncKernelManager does
        """Start it without our stderr: there it speaks of its own beginning and end; what cells write is messages."""
        await super().start_kernel(stderr=subprocess.DEVNULL, **options)


class Feed:
    """A file that hands on whole lines of what cells print, safe to print, as papermill wants one."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = ""

    def write(self, text: str) -> int:
        """Take a piece of output; each line goes on as soon as it is whole."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._on_line(printable(line))
        return len(text)

    def flush(self) -> None:
        """Nothing waits here but the beginning of a line."""


def execute(
    source: Path,
    target: Path,
    parameters: dict[str, Any],
    timeout: float = EXECUTION_TIMEOUT,
    on_line: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Run the notebook in its own folder, write the executed one to `target`, and say how it ended.

    Raises DiskFull; whatever else goes wrong is the outcome's failure.
    """
    began = time.monotonic()
    try:
        failure = _unknown_parameter(source, parameters) or _execute(source, target, parameters, timeout, on_line)
    except Exception as trouble:
        if isinstance(trouble, OSError) and trouble.errno == errno.ENOSPC:
            raise DiskFull(DISK_FULL.format(folder=target.parent), "Make room there and run again.") from trouble
        failure = Failure(printable(f"{type(trouble).__name__}: {trouble}"))  # no kernel, or a file that is no notebook
    return Outcome(source.stem, time.monotonic() - began, failure)


def _execute(
    source: Path, target: Path, parameters: dict[str, Any], timeout: float, on_line: Callable[[str], None]
) -> Failure | None:
    begun: list[NotebookNode] = []
    reason = ""
    try:
        _papermill(source, target, parameters, timeout, on_line, begun)
    except CellTimeoutError:
        reason = TIMED_OUT.format(seconds=timeout)
    except DeadKernelError:
        reason = DEAD
    except PapermillExecutionError:
        pass  # the executed notebook says it better
    except BaseException:
        _finish_half(source, target)
        raise
    executed = _finished(source, target)
    return failure_at(executed, begun[-1].id, reason) if reason else verdict(executed)


def _papermill(
    source: Path,
    target: Path,
    parameters: dict[str, Any],
    timeout: float,
    on_line: Callable[[str], None],
    begun: list[NotebookNode],
) -> None:
    """Papermill with what this course needs of it; `begun` receives each cell that a kernel is given."""
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)
    papermill.execute_notebook(
        _literal(source),
        _literal(target),
        parameters,
        cwd=str(source.parent),
        progress_bar=False,
        execution_timeout=timeout,
        stdout_file=Feed(on_line),
        extra_arguments=list(QUIET_KERNEL),
        kernel_manager_class=PatientManager,
        on_cell_execute=lambda cell, cell_index: begun.append(cell),
    )


def _literal(path: Path) -> str:
    """The path as papermill takes it: it reads braces as the names of parameters."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _unknown_parameter(source: Path, parameters: dict[str, Any]) -> Failure | None:
    """Papermill only warns of these, and would then measure something else than was asked for."""
    known = papermill.inspect_notebook(_literal(source))
    unknown = [name for name in parameters if name not in known]
    return Failure(UNKNOWN_PARAMETER.format(name=unknown[0])) if unknown else None


def _finished(source: Path, target: Path) -> NotebookNode:
    """The executed notebook as others may see it, without the cells that papermill adds around an error."""
    executed: NotebookNode = remove_error_markers(notebooks.load(target))
    executed.metadata.setdefault("papermill", {}).update(input_path=source.name, output_path=target.name)
    executed = shared_notebook(executed)
    notebooks.save(executed, target)
    return executed


def _finish_half(source: Path, target: Path) -> None:
    """What an interrupted run leaves is kept for the user, so it is finished too; half a file is removed."""
    try:
        _finished(source, target)
    except (OSError, ValueError):
        target.unlink(missing_ok=True)

"""Decides from the cells' outputs whether an executed notebook failed, and at which cell."""

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

from helpers.core.errors import DiskFull
from helpers.core.printable import printable
from helpers.course import notebooks as notebooks
from helpers.measure.privacy import shared_notebook
from helpers.runner.outcome import Failure, Outcome

EXPECTED_TO_FAIL = "raises-exception"
INJECTED = "injected-parameters"  # the tag of the cell that papermill adds

EXITED = "The cell ended the notebook with sys.exit(0), so the cells after it did not run."
NEVER_RAN = "The cell did not run."
DID_NOT_FAIL = "The cell is tagged raises-exception, but it raised no error."


def verdict(executed: NotebookNode) -> Failure | None:
    """The first failure in a notebook whose kernel did not die, or None.

    Uses the outputs, because papermill counts `sys.exit(0)` as success and an expected error as failure.
    """
    for cell in notebooks.code_cells(executed):
        reason = _problem(cell)
        if reason:
            return failure_at(executed, cell.id, reason)
    return None


def _problem(cell: NotebookNode) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if EXPECTED_TO_FAIL in notebooks.tags(cell):
        return "" if errors else DID_NOT_FAIL
    if errors:
        return _message(errors[0])
    return "" if cell.execution_count else NEVER_RAN


def _message(error: NotebookNode) -> str:
    """The error's name and message, without the traceback."""
    if error.ename == "SystemExit" and error.evalue in ("", "0", "None"):
        return EXITED
    return printable(f"{error.ename}: {error.evalue}".removesuffix(": "))


def failure_at(executed: NotebookNode, cell_id: str, reason: str) -> Failure:
    """The failure with its cell's number, not counting the cell that papermill adds."""
    cells = [cell for cell in notebooks.code_cells(executed) if INJECTED not in notebooks.tags(cell)]
    ids = [cell.id for cell in cells]
    if cell_id not in ids:
        return Failure(reason)
    number = ids.index(cell_id)
    return Failure(reason, number + 1, printable(cells[number].source.strip().partition("\n")[0]))


EXECUTION_TIMEOUT = 1800.0  # seconds per cell; longer than the slowest cold build measured
GRACE = 40.0  # seconds a stopped kernel has to remove its containers; jupyter_client's default is 5
QUIET_KERNEL = ["--log-level=CRITICAL"]  # ipykernel 7.4 warns about TCP on every start; errors arrive as messages

TIMED_OUT = "The cell ran longer than the limit of {seconds:g} seconds and was stopped."
DEAD = "The kernel died while this cell ran. The system may have killed it because memory ran out."
UNKNOWN_PARAMETER = "The notebook has no parameter {name}: its cell tagged 'parameters' does not set it."
DISK_FULL = "There is no disk space left for the results in {folder}."
FREE_SPACE = "Free some disk space, then run the same command again."


class GracefulKernelManager(AsyncKernelManager):
    """A kernel manager that gives a kernel GRACE seconds to shut down before it kills it."""

    shutdown_wait_time = Float(GRACE)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # as AsyncKernelManager does
        """Starts the kernel with stderr discarded: the kernel logs its own start and exit there, cells use messages."""
        await super().start_kernel(stderr=subprocess.DEVNULL, **options)


class LineWriter:
    """The file object that papermill writes cell output to: passes each complete line, made printable, to `on_line`."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._rest = ""

    def write(self, text: str) -> int:
        """Takes a piece of output and passes on the lines it completes."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._on_line(printable(line))
        return len(text)

    def flush(self) -> None:
        """Does nothing: only an incomplete line is buffered."""


def execute(
    source: Path,
    target: Path,
    parameters: dict[str, Any],
    timeout: float = EXECUTION_TIMEOUT,
    on_line: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Runs the notebook in its own folder, writes the executed one to `target` and returns the outcome.

    Raises DiskFull. Any other error becomes the outcome's failure.
    """
    started = time.monotonic()
    try:
        failure = _unknown_parameter(source, parameters) or _execute(source, target, parameters, timeout, on_line)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise DiskFull(DISK_FULL.format(folder=target.parent), FREE_SPACE) from error
        failure = Failure(printable(f"{type(error).__name__}: {error}"))  # no kernel, or not a notebook
    return Outcome(source.stem, time.monotonic() - started, failure)


def _execute(
    source: Path, target: Path, parameters: dict[str, Any], timeout: float, on_line: Callable[[str], None]
) -> Failure | None:
    started_cells: list[NotebookNode] = []
    reason = ""
    try:
        _papermill(source, target, parameters, timeout, on_line, started_cells)
    except CellTimeoutError:
        reason = TIMED_OUT.format(seconds=timeout)
    except DeadKernelError:
        reason = DEAD
    except PapermillExecutionError:
        pass  # the executed notebook has the details
    except BaseException:
        _finish_partial(source, target)
        raise
    executed = _finished(source, target)
    return failure_at(executed, started_cells[-1].id, reason) if reason else verdict(executed)


def _papermill(
    source: Path,
    target: Path,
    parameters: dict[str, Any],
    timeout: float,
    on_line: Callable[[str], None],
    started_cells: list[NotebookNode],
) -> None:
    """Calls papermill with the course's settings; appends each cell that is started to `started_cells`."""
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)
    papermill.execute_notebook(
        _literal(source),
        _literal(target),
        parameters,
        cwd=str(source.parent),
        progress_bar=False,
        execution_timeout=timeout,
        stdout_file=LineWriter(on_line),
        extra_arguments=list(QUIET_KERNEL),
        kernel_manager_class=GracefulKernelManager,
        on_cell_execute=lambda cell, cell_index: started_cells.append(cell),
    )


def _literal(path: Path) -> str:
    """The path with braces doubled, because papermill treats braces as parameter names."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _unknown_parameter(source: Path, parameters: dict[str, Any]) -> Failure | None:
    """A failure for an unknown parameter: papermill only warns, and the run would measure the wrong thing."""
    known = papermill.inspect_notebook(_literal(source))
    unknown = [name for name in parameters if name not in known]
    return Failure(UNKNOWN_PARAMETER.format(name=unknown[0])) if unknown else None


def _finished(source: Path, target: Path) -> NotebookNode:
    """The executed notebook with private data hidden and without papermill's error cells; also saved to `target`."""
    executed: NotebookNode = remove_error_markers(notebooks.load(target))
    executed.metadata.setdefault("papermill", {}).update(input_path=source.name, output_path=target.name)
    executed = shared_notebook(executed)
    notebooks.save(executed, target)
    return executed


def _finish_partial(source: Path, target: Path) -> None:
    """Finishes the notebook of an interrupted run, which is kept for the user; removes an incomplete file."""
    try:
        _finished(source, target)
    except (OSError, ValueError):
        target.unlink(missing_ok=True)

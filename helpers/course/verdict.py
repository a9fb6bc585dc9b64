"""Decides from the cells' outputs whether an executed notebook failed, and at which cell."""

from nbformat import NotebookNode

from helpers.course import notebook as notebooks
from helpers.course.outcome import Failure
from helpers.records.printable import printable

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

"""What is wrong with an executed notebook, if anything, and at which cell: asked of what its cells did."""

from nbformat import NotebookNode

from helpers.course import notebook as notebooks
from helpers.course.outcome import Failure
from helpers.records.printable import printable

EXPECTED_TO_FAIL = "raises-exception"
INJECTED = "injected-parameters"  # the tag of the cell that papermill adds

EXITED = "It ended the notebook with sys.exit(0): the cells after it never ran."
NEVER_RAN = "It never ran."
DID_NOT_FAIL = "It is there to show an error, and none was raised."


def verdict(executed: NotebookNode) -> Failure | None:
    """The first thing that is wrong with a notebook whose kernel lived to the end, or None.

    Asked of the outputs and not of papermill: `sys.exit(0)` passes there as success, an expected error as failure.
    """
    for cell in notebooks.code_cells(executed):
        reason = _wrong_with(cell)
        if reason:
            return failure_at(executed, cell.id, reason)
    return None


def _wrong_with(cell: NotebookNode) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if EXPECTED_TO_FAIL in notebooks.tags(cell):
        return "" if errors else DID_NOT_FAIL
    if errors:
        return _sentence(errors[0])
    return "" if cell.execution_count else NEVER_RAN


def _sentence(error: NotebookNode) -> str:
    """What the cell's error says, without anybody's call stack."""
    if error.ename == "SystemExit" and error.evalue in ("", "0", "None"):
        return EXITED
    return printable(f"{error.ename}: {error.evalue}".removesuffix(": "))


def failure_at(executed: NotebookNode, cell_id: str, reason: str) -> Failure:
    """The failure with its place, counted as in the notebook without the cell that papermill adds."""
    own = [cell for cell in notebooks.code_cells(executed) if INJECTED not in notebooks.tags(cell)]
    ids = [cell.id for cell in own]
    if cell_id not in ids:
        return Failure(reason)
    number = ids.index(cell_id)
    return Failure(reason, number + 1, printable(own[number].source.strip().partition("\n")[0]))

"""Every test in one pytest session: the helpers', the application's, and each notebook through nbval."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from docker import DockerClient

from helpers.course import copies
from helpers.course.hygiene import unrun
from helpers.course.sections import PROJECT, SectionFiles, discover
from helpers.course.sharing import share_file
from helpers.engine.failures import explained
from helpers.experiment import cache_journal
from helpers.experiment.store import STORE, Store
from helpers.records.errors import WorkbookError

_CELL_SECONDS = 900
_JUNIT = PROJECT / "results" / "junit.xml"
_FAST = ["-m", "not engine and not notebook and not machine", str(PROJECT / "tests")]


def run_fast(passed_on: Sequence[str]) -> int:
    """The tests that need no engine; pytest's exit status."""
    return _pytest([*_FAST, *passed_on], os.environ)


def run_all(client: DockerClient, passed_on: Sequence[str]) -> int:
    """Every test, with the JUnit file in results/; what the notebooks measure on the way goes elsewhere."""
    with tempfile.TemporaryDirectory(prefix="workbook-test-") as elsewhere:
        environment = {**os.environ, "WORKBOOK_RESULTS": elsewhere, "WORKBOOK_RUN": "test"}
        try:
            notebooks = _notebooks(discover(), Path(elsewhere) / "course")
            return _pytest([*_everything(notebooks), *passed_on], environment)
        finally:
            share_file(_JUNIT)
            _sweep(client, Store(Path(elsewhere) / STORE))


def _sweep(client: DockerClient, store: Store) -> None:
    """Remove what the session's builds left in the engine's cache.

    What cannot be removed now stays in the journal: the next run tries again, and `clean` does. Nothing is said of it,
    as pytest's own line is to be the last.
    """
    with suppress(WorkbookError), explained():
        cache_journal.adopt(store)
        cache_journal.sweep(client)


def _notebooks(sections: Sequence[SectionFiles], folder: Path) -> list[Path]:
    """The notebooks to execute; in place of one that somebody ran and saved here, a copy in the folder without that.

    nbval compares what a check cell prints with what is saved, and a saved run may have ended in a failed check.
    """
    ran = [each for each in sections if unrun(each.notebook, each.folder) != each.notebook.read_text(encoding="utf-8")]
    if ran:
        copies.update(folder, ran[0].folder)
    return [(each.in_folder(folder) if each in ran else each).notebook for each in sections]


def _everything(notebooks: Sequence[Path]) -> list[str]:
    """Notebooks are executed by nbval, but not the small ones that misbehave so that a test can look at it."""
    return [
        "--nbval-lax",
        "--nbval-current-env",
        f"--nbval-cell-timeout={_CELL_SECONDS}",
        f"--ignore-glob={PROJECT / 'tests'}/*.ipynb",
        f"--junitxml={_JUNIT}",
        str(PROJECT / "tests"),
        *map(str, notebooks),
    ]


def _pytest(options: Sequence[str], environment: os._Environ[str] | dict[str, str]) -> int:
    """A process of its own, so that pytest's closing line is the last thing printed."""
    command = [sys.executable, "-m", "pytest", f"--rootdir={PROJECT}", *options]
    return subprocess.call(command, cwd=PROJECT, env=environment)

"""Runs all tests in one pytest session: the helpers', the application's, and each notebook with nbval."""

import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from docker import DockerClient

from helpers.core.errors import WorkbookError
from helpers.core.paths import PROJECT
from helpers.course import copies
from helpers.course.notebooks import committed_unless_edited
from helpers.course.sections import SectionFiles, discover
from helpers.engine.failures import explained
from helpers.measure import cache_journal
from helpers.measure.privacy import share_file
from helpers.measure.shared_facts import RUN, SECRET
from helpers.measure.store import STORE, Store
from helpers.runner.fast_tests import TESTS, run_pytest

_CELL_SECONDS = 900
JUNIT = PROJECT / "results" / "junit.xml"


def run_all(client: DockerClient, passed_on: Sequence[str]) -> int:
    """Runs every test and writes the JUnit file to results/; the notebooks' measurements go to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="workbook-test-") as temporary:
        environment = {**os.environ, "WORKBOOK_RESULTS": temporary, RUN: "test", SECRET: ""}  # nothing is shared
        try:
            notebooks = _notebooks(discover(), Path(temporary) / "course")
            return run_pytest([*_pytest_options(notebooks), *passed_on], environment)
        finally:
            share_file(JUNIT)
            _clean_cache(client, Store(Path(temporary) / STORE))


def _clean_cache(client: DockerClient, store: Store) -> None:
    """Removes the records of the session's builds from the engine's cache.

    Any that cannot be removed stay in the journal for the next run or `clean`. Prints nothing, so that pytest's summary
    is the last line.
    """
    with suppress(WorkbookError), explained():
        cache_journal.adopt(store)
        cache_journal.sweep(client)


def _notebooks(sections: Sequence[SectionFiles], folder: Path) -> list[Path]:
    """The notebooks to execute; one that was run and saved is replaced by a clean copy in `folder`.

    nbval compares a check cell's output with the saved output, which may be that of a failed check.
    """
    ran = [section for section in sections if _was_run(section)]
    if ran:
        copies.update(folder, ran[0].folder)
    return [(each.in_folder(folder) if each in ran else each).notebook for each in sections]


def _was_run(section: SectionFiles) -> bool:
    """Whether the notebook was run and saved, but not edited."""
    text = section.notebook.read_text(encoding="utf-8")
    return committed_unless_edited(section.notebook, section.folder) != text


def _pytest_options(notebooks: Sequence[Path]) -> list[str]:
    """The options: nbval executes the course's notebooks, but not the failing ones that tests use as fixtures.

    Options that follow replace the first: `-m thorough` runs the tests that this leaves out.
    """
    return [
        *("-m", "not thorough"),
        "--nbval-lax",
        "--nbval-current-env",
        f"--nbval-cell-timeout={_CELL_SECONDS}",
        f"--ignore-glob={PROJECT / 'tests'}/*.ipynb",
        f"--junitxml={JUNIT}",
        *TESTS,
        *map(str, notebooks),
    ]

"""The results folder: new results are staged next to the old ones and replace them once they are complete.

If a run is killed or the disk is full, the older results stay unchanged. The store is never replaced.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from helpers.core.errors import DiskFull, WorkbookError

NOTEBOOKS, DOCUMENT, REPORT = "notebooks", "results.json", "report.html"
PARTS = (NOTEBOOKS, DOCUMENT, REPORT)
_NEW, _OLD, _DONE = ".new", ".old", ".done"  # .old exists only while the results are being exchanged
BUSY = "Another run is writing to {folder}."
FULL = "There is no disk space left for the results in {folder}. The earlier results are unchanged."


@contextmanager
def staging(results: Path) -> Iterator[Path]:
    """A temporary folder for the new results; only one run can have it at a time.

    Raises WorkbookError if another run is active, DiskFull if the disk is full.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        with FileLock(results / ".lock", timeout=0):
            _recover(results)
            new = results / _NEW
            (new / NOTEBOOKS).mkdir(parents=True)
            try:
                yield new
            finally:
                shutil.rmtree(new, ignore_errors=True)
    except Timeout:
        raise WorkbookError(BUSY.format(folder=results), "Wait until it has finished, or stop it first.") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFull(FULL.format(folder=results), "Free some disk space, then run the same command again.") from error


def publish(new: Path, results: Path, keep_notebooks: bool) -> None:
    """Replaces the old results with the new; `keep_notebooks` keeps those of sections that did not run."""
    if keep_notebooks:
        _copy_missing(results / NOTEBOOKS, new / NOTEBOOKS)
    old, done = results / _OLD, results / _DONE
    old.mkdir()
    _move(results, old)
    _move(new, results)
    old.rename(done)
    shutil.rmtree(done)


def write(path: Path, text: str) -> None:
    """Writes a file atomically, so that a full disk never costs the earlier version."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def set_aside(new: Path, results: Path, name: str) -> Path:
    """Moves incomplete results to a folder of that name inside the results folder; returns its path."""
    aside = results / name
    shutil.rmtree(aside, ignore_errors=True)
    new.rename(aside)
    return aside


def _copy_missing(old: Path, new: Path) -> None:
    for notebook in old.glob("*.ipynb"):
        if not (new / notebook.name).exists():
            shutil.copy2(notebook, new / notebook.name)


def _move(source: Path, target: Path) -> None:
    for part in PARTS:
        if (source / part).exists():
            (source / part).rename(target / part)


def _recover(results: Path) -> None:
    """Cleans up after a killed run. If it was killed while it replaced the results, restores the old ones."""
    for leftover in (_NEW, _DONE):
        shutil.rmtree(results / leftover, ignore_errors=True)
    old = results / _OLD
    if old.exists():
        for part in PARTS:
            _restore(old / part, results / part)
        old.rmdir()


def _restore(old: Path, place: Path) -> None:
    if old.exists():
        if place.is_dir():
            shutil.rmtree(place)
        old.replace(place)

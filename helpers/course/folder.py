"""The results folder: everything is written beside the old results first, and put in their place when it is complete.

A run that is killed, or that finds the disk full, leaves the older results as they were. The store is never replaced.
"""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from helpers.records.errors import DiskFull, WorkbookError

NOTEBOOKS, DOCUMENT, REPORT = "notebooks", "results.json", "report.html"
PARTS = (NOTEBOOKS, DOCUMENT, REPORT)
_NEW, _OLD, _DONE = ".new", ".old", ".done"  # .old exists only while the results are being exchanged
BUSY = "Another run is writing to {folder}."
FULL = "No space is left for the results in {folder}. What was there before is untouched."


@contextmanager
def staging(results: Path) -> Iterator[Path]:
    """A folder in which the new results grow; only one run at a time has it.

    Raises WorkbookError where another run is at work, DiskFull where there is no space.
    """
    try:
        results.mkdir(parents=True, exist_ok=True)
        with FileLock(results / ".lock", timeout=0):
            _settle(results)
            new = results / _NEW
            (new / NOTEBOOKS).mkdir(parents=True)
            try:
                yield new
            finally:
                shutil.rmtree(new, ignore_errors=True)
    except Timeout:
        raise WorkbookError(BUSY.format(folder=results), "Wait for its end, or end it first.") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFull(FULL.format(folder=results), "Make room there and run again.") from error


def publish(new: Path, results: Path, keep_notebooks: bool) -> None:
    """Put the new results in the place of the old ones; notebooks of sections that did not run now can stay."""
    if keep_notebooks:
        _take_over(results / NOTEBOOKS, new / NOTEBOOKS)
    old, done = results / _OLD, results / _DONE
    old.mkdir()
    _move(results, old)
    _move(new, results)
    old.rename(done)
    shutil.rmtree(done)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all, so that an earlier one is never lost to a full disk."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def set_aside(new: Path, results: Path, name: str) -> Path:
    """Keep incomplete results beside the complete ones, in a folder of that name; where that is."""
    aside = results / name
    shutil.rmtree(aside, ignore_errors=True)
    new.rename(aside)
    return aside


def _take_over(old: Path, new: Path) -> None:
    for notebook in old.glob("*.ipynb"):
        if not (new / notebook.name).exists():
            shutil.copy2(notebook, new / notebook.name)


def _move(source: Path, target: Path) -> None:
    for part in PARTS:
        if (source / part).exists():
            (source / part).rename(target / part)


def _settle(results: Path) -> None:
    """Tidy up after a run that was killed. If it was just exchanging the results, the old ones come back."""
    for left in (_NEW, _DONE):
        shutil.rmtree(results / left, ignore_errors=True)
    old = results / _OLD
    if old.exists():
        for part in PARTS:
            _put_back(old / part, results / part)
        old.rmdir()


def _put_back(old: Path, place: Path) -> None:
    if old.exists():
        if place.is_dir():
            shutil.rmtree(place)
        old.replace(place)

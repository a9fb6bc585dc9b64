"""The folders of the runs: each run writes into its own, and `latest` points to the last one that was complete.

A lock file next to a run's folder is held while the run is at work. If another process can acquire it, that run was
killed. Folders whose name isn't a run's are never touched, and neither are results of earlier versions.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from helpers.core.errors import DiskFull, WorkbookError
from helpers.runner import interrupted
from helpers.runner.interrupted import NAME, is_resumable
from helpers.runner.interrupted import RUNS as RUNS
from helpers.runner.interrupted import UNFINISHED as UNFINISHED

LATEST = "latest"
NOTEBOOKS, DOCUMENT, REPORT = "notebooks", "results.json", "report.html"
KEPT = 5  # finished runs, besides the one that `latest` points to if that is older
HAS_LINKS = os.name != "nt"  # on Windows only administrators may create one, and none to a folder can be replaced
_LOCK, _NEW = ".lock", ".new"
_LOCK_SECONDS = 10.0  # a run that starts at the same moment may hold our new lock while it looks for killed runs
FULL = "There is no disk space left for the results in {folder}. The results of the last complete run are unchanged."
CONTINUED = "Wait until it has finished, or start another run with --fresh."
IN_THE_WAY = "{path} is a folder, but each run replaces it with a link to its results."


def new_name() -> str:
    """A name for a run, its ID: the time in UTC, and random digits in case two runs start in the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@contextmanager
def run_folder(results: Path, name: str) -> Iterator[Path]:
    """The folder for the results of the run of that name. It is removed at the end if they are incomplete.

    Folders of killed runs and the oldest of more than KEPT finished runs are removed too. A run that can be continued
    keeps its folder.
    Raises DiskFull if the disk is full, WorkbookError if a folder is in the pointer's place or if another process has
    just continued this run.
    """
    try:
        folder = _created(results, name)
        with _locked(folder):
            _remove_killed(results)
            try:
                (folder / NOTEBOOKS).mkdir(parents=True, exist_ok=True)
                yield folder
            finally:
                _remove_incomplete(folder)
                _remove_old(results)
    except Timeout as error:
        raise just_continued(folder) from error
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DiskFull(FULL.format(folder=results), "Free some disk space, then run the same command again.") from error


def publish(folder: Path, keep_notebooks: bool) -> None:
    """Makes `latest` point to the run in `folder`, in one step: a link, or a file with its path if there are no links.

    `keep_notebooks` adds the notebooks of sections that only the previous run has.
    """
    results = folder.parents[1]
    before = latest(results)
    if keep_notebooks and before:
        _copy_missing(before / NOTEBOOKS, folder / NOTEBOOKS)
    new = folder.with_name(folder.name + _NEW)
    target = f"{RUNS}/{folder.name}"
    if not _link(new, target):
        new.write_text(f"{target}\n", encoding="utf-8")
    new.replace(results / LATEST)


def latest(results: Path) -> Path | None:
    """The folder of the last complete run; None if there is none."""
    pointer = results / LATEST
    try:
        target = pointer.readlink() if pointer.is_symlink() else pointer.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return results / target if is_finished(results / target) else None


def is_finished(folder: Path) -> bool:
    """Whether the run in `folder` wrote its results; the document is the last file that it writes."""
    return (folder / DOCUMENT).is_file()


def forget(folder: Path) -> None:
    """Makes sure that the run is not continued; results that it has already written stay."""
    (folder / UNFINISHED).unlink(missing_ok=True)
    _remove_incomplete(folder)


def is_at_work(folder: Path) -> bool:
    """Whether the run is writing its results now."""
    try:
        with _locked(folder, seconds=0):
            return False
    except Timeout:
        return True


def just_continued(folder: Path) -> WorkbookError:
    """The error if another process was faster to continue the run."""
    return WorkbookError(f"Another process has just continued the run in {folder}.", CONTINUED)


def others_at_work(folder: Path) -> bool:
    """Whether another run is writing its results now."""
    return any(lock != _lock_of(folder) for lock in _locks(folder.parent))


def write(path: Path, text: str) -> None:
    """Writes a file atomically, so that a full disk never costs the earlier version."""
    new = path.with_name(path.name + _NEW)
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _created(results: Path, name: str) -> Path:
    """The path of the run's folder, after creating the folder above it."""
    pointer = results / LATEST
    if pointer.is_dir() and not pointer.is_symlink():
        raise WorkbookError(IN_THE_WAY.format(path=pointer), "Move or rename it, then run the same command again.")
    (results / RUNS).mkdir(parents=True, exist_ok=True)
    return results / RUNS / name


def _link(place: Path, target: str) -> bool:
    """Creates a symbolic link; False if the system or the file system can't."""
    if not HAS_LINKS:
        return False
    try:
        place.symlink_to(target)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        return False
    return True


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + _LOCK)


def _locks(runs: Path) -> list[Path]:
    return [lock for lock in sorted(runs.glob(f"*{_LOCK}")) if NAME.fullmatch(lock.stem)]


@contextmanager
def _locked(folder: Path, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    """Holds the folder's lock, whose file exists only meanwhile. Raises Timeout if another process has it."""
    with FileLock(_lock_of(folder), timeout=seconds):
        try:
            yield
        finally:
            with suppress(OSError):  # Windows can't delete an open file; there, filelock deletes it on release
                _lock_of(folder).unlink()


def _remove_killed(results: Path) -> None:
    """Removes what killed runs left: their locks, and their folders unless they are complete or can be continued.

    A folder that can be continued has no lock any more after the next run, but its state, until it is too old.
    """
    runs = results / RUNS
    for folder in sorted({*(lock.with_suffix("") for lock in _locks(runs)), *interrupted.unfinished(runs)}):
        if _lock_of(folder).exists() or not is_resumable(folder):
            with suppress(Timeout), _locked(folder, seconds=0):
                _remove_incomplete(folder)


def _remove_incomplete(folder: Path) -> None:
    folder.with_name(folder.name + _NEW).unlink(missing_ok=True)
    if not (is_finished(folder) or is_resumable(folder)):
        shutil.rmtree(folder, ignore_errors=True)


def _remove_old(results: Path) -> None:
    """Removes all but the newest KEPT of the finished runs. A folder that was renamed isn't counted as a run."""
    runs = sorted(path for path in (results / RUNS).iterdir() if NAME.fullmatch(path.name) and is_finished(path))
    for folder in runs[:-KEPT]:
        if folder != latest(results) and not _lock_of(folder).exists():
            with suppress(OSError), _locked(folder, seconds=0):
                shutil.rmtree(folder, ignore_errors=True)


def _copy_missing(old: Path, new: Path) -> None:
    for notebook in old.glob("*.ipynb"):
        if not (new / notebook.name).exists():
            shutil.copy2(notebook, new / notebook.name)

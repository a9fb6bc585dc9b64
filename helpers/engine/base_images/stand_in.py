"""A genuine stand-in for an official Go image: Debian's packages and the official Go, put together on this machine."""

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

from helpers.engine.base_images import debian, facts, overlay, toolchain
from helpers.engine.base_images.pull import Tell
from helpers.engine.base_images.recipe import Recipe
from helpers.records import Progress
from helpers.records.errors import BaseImageError

_SECONDS = 600  # for the engine to unpack a gigabyte
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_NEW = re.compile(r"upgraded, (\d+) newly installed")


def make(client: docker.DockerClient, recipe: Recipe, work: Path, tell: Tell) -> str:
    """The identity of a stand-in made here and now, on the engine and under the name that it stands in for.

    `work` is an empty folder where the parts lie meanwhile. The name is given last, so that nothing half-made has it.
    Raises BaseImageError where a part cannot be had.
    """
    version, over = _toolchain(recipe, _architecture(client), work, tell)
    chunks = _root(recipe, over, tell)
    image = _import(client, chunks, changes(recipe, version, datetime.now(UTC)), recipe.reference, tell)
    client.api.tag(image, *facts.split(recipe.reference))
    return image


def changes(recipe: Recipe, version: str, made: datetime) -> list[str]:
    """The Dockerfile instructions that give the image the official one's settings, and the labels that own up to it."""
    return [
        "ENV PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        f"ENV GOLANG_VERSION={version}",
        "ENV GOTOOLCHAIN=local",
        "ENV GOPATH=/go",
        "WORKDIR /go",
        'CMD ["bash"]',
        f"LABEL {facts.STAND_IN}={recipe.reference}",
        f"LABEL {facts.STAND_IN}.suite={recipe.suite}",
        f"LABEL {facts.STAND_IN}.go={version}",
        f"LABEL {facts.STAND_IN}.made={made:%Y-%m-%dT%H:%M:%SZ}",
    ]


class Packages:
    """Reads the account of the package manager: how many packages are set up, of how many."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._done = self._total = 0
        self._lists = 0  # the essential packages come first, with a count of their own

    def read(self, line: str) -> Progress:
        """How far it is after one more line of the account."""
        if match := _NEW.search(line):
            self._lists += 1
            self._total += int(match[1])
        self._done += line.startswith("Setting up ")
        return Progress(self.what, self._done, self._total if self._lists > 1 else 0, line)


def _toolchain(recipe: Recipe, architecture: str, work: Path, tell: Tell) -> tuple[str, Path]:
    """The version of Go, and the tar that is laid over Debian's root; the module cache is gone again."""
    modules = work / "modules"
    modules.mkdir()
    tell(Progress(f"{recipe.reference}: the official Go", detail=recipe.go or "the newest release"))
    version = recipe.go or toolchain.newest(architecture, modules)
    overlay.write(work / "overlay.tar", toolchain.download(version, architecture, modules), overlay.certificates())
    shutil.rmtree(modules)
    return version, work / "overlay.tar"


def _root(recipe: Recipe, over: Path, tell: Tell) -> Iterator[bytes]:
    """Debian's root from the first of the machine's sources that has all of it."""
    *first, last = debian.machine_sources(recipe.suite)
    for sources in first:
        try:
            return _root_from(sources, recipe, over, tell)
        except BaseImageError as error:
            tell(Progress(f"{recipe.reference}: trying other sources", detail=error.message.splitlines()[-1]))
    return _root_from(last, recipe, over, tell)


def _root_from(sources: Sequence[str], recipe: Recipe, over: Path, tell: Tell) -> Iterator[bytes]:
    """The root from those sources, its first bytes there already: by then every package is installed."""
    account = Packages(f"{recipe.reference}: Debian {recipe.suite}'s packages")
    chunks = debian.root(recipe.suite, recipe.packages, sources, over, lambda line: tell(account.read(line)))
    return itertools.chain([next(chunks)], chunks)


def _import(client: docker.DockerClient, chunks: Iterable[bytes], changes: Sequence[str], name: str, tell: Tell) -> str:
    """The identity of the image that the engine made of a tar; it has no name yet."""
    api: Any = client.api
    answer = api._post(
        api._url("/images/create"),
        params={"fromSrc": "-", "changes": list(changes)},
        headers={"Content-Type": "application/tar"},
        data=_counted(chunks, f"{name}: into the engine", tell),
        timeout=_SECONDS,
    )
    api._raise_for_status(answer)
    return imported([json.loads(line) for line in answer.text.splitlines() if line.strip()])


def imported(answers: Sequence[dict[str, Any]]) -> str:
    """The image's identity among the engine's answers to an import.

    Raises BaseImageError with the engine's reason where there is none.
    """
    for answer in answers:
        if str(answer.get("status", "")).startswith("sha256:"):
            return str(answer["status"])
    reason = next((str(answer["error"]) for answer in answers if "error" in answer), "it named no image")
    raise BaseImageError(f"The engine did not take the stand-in: {reason}")


def _counted(chunks: Iterable[bytes], what: str, tell: Tell) -> Iterator[bytes]:
    sent = 0
    for chunk in chunks:
        yield chunk
        sent += len(chunk)
        tell(Progress(what, detail=f"{sent / 1e6:.0f} MB"))


def _architecture(client: docker.DockerClient) -> str:
    """The engine's architecture as Go and Debian call it.

    Raises BaseImageError where this machine is of another one: the packages' own scripts could not run here.
    """
    engine, machine = str(client.version()["Arch"]), _MACHINES.get(platform.machine(), platform.machine())
    if engine != machine:
        raise BaseImageError(
            f"The engine runs on {engine} and this machine is {machine}: a stand-in for it cannot be made here.",
            "make it on the engine's machine, or bring a registry into its reach",
        )
    return engine

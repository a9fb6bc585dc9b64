"""A genuine stand-in for an official Go image: Debian's packages and the official Go, put together on this machine."""

import itertools
import json
import platform
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import docker
from docker.utils import parse_repository_tag

from helpers.engine.base_images import debian, facts, overlay, toolchain
from helpers.engine.base_images.recipe import Recipe
from helpers.records import Progress
from helpers.records.errors import BaseImageError

Tell = Callable[[Progress], None]
_SECONDS = 600  # for the engine to unpack a gigabyte
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_NEW = re.compile(r"upgraded, (\d+) newly installed")


def make(client: docker.DockerClient, recipe: Recipe, go: str, folder: Path, tell: Tell) -> str:
    """The identity of a stand-in made here and now, on the engine and under the name that it stands in for.

    `go` is a Go client, `folder` where the parts lie meanwhile; nothing stays there. An image that has come under the
    name meanwhile is left alone. Raises BaseImageError where a part cannot be had.
    """
    architecture = _architecture(client)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="stand-in-", dir=folder, ignore_cleanup_errors=True) as work:
        version, over = _toolchain(recipe, go, architecture, Path(work), tell)
        chunks = _root(recipe, over, tell)
        image = _import(client, chunks, changes(recipe, version, datetime.now(UTC)), recipe.reference, tell)
    repository, tag = parse_repository_tag(facts.normal(recipe.reference))
    client.api.tag(image, repository, tag)
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


def _toolchain(recipe: Recipe, go: str, architecture: str, work: Path, tell: Tell) -> tuple[str, Path]:
    """The version of Go, and the tar that is laid over Debian's root; the module cache is gone again."""
    modules = work / "modules"
    modules.mkdir()
    tell(Progress(f"{recipe.reference}: the official Go", detail=recipe.go or "the newest release"))
    version = recipe.go or toolchain.newest(go, architecture, modules)
    overlay.write(work / "overlay.tar", toolchain.download(go, version, architecture, modules), overlay.certificates())
    shutil.rmtree(modules)
    return version, work / "overlay.tar"


def _root(recipe: Recipe, over: Path, tell: Tell) -> Iterator[bytes]:
    """Debian's root from the first of the machine's sources that has all of it."""
    account = Packages(f"{recipe.reference}: Debian {recipe.suite}'s packages")
    *first, last = debian.machine_sources(recipe.suite)
    for sources in first:
        try:
            return _begun(debian.root(recipe.suite, recipe.packages, sources, over, lambda line: tell(account.read(line))))
        except BaseImageError as error:
            tell(Progress(account.what, detail=f"not from these sources: {error.message.splitlines()[-1]}"))
            account = Packages(account.what)
    return _begun(debian.root(recipe.suite, recipe.packages, last, over, lambda line: tell(account.read(line))))


def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same chunks, the first one there already: by then every package is installed."""
    return itertools.chain([next(chunks)], chunks)


def _import(client: docker.DockerClient, chunks: Iterable[bytes], changes: Sequence[str], name: str, tell: Tell) -> str:
    """The identity of the image that the engine made of a tar; it has no name yet."""
    answer = client.api._post(
        client.api._url("/images/create"),
        params={"fromSrc": "-", "changes": list(changes)},
        headers={"Content-Type": "application/tar"},
        data=_counted(chunks, f"{name}: into the engine", tell),
        timeout=_SECONDS,
    )
    client.api._raise_for_status(answer)
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

"""Making a stand-in for an official Go image, on this machine, from Debian packages and the official Go toolchain."""

import itertools
import platform
import re
import tarfile
from collections.abc import Sequence
from concurrent.futures import Future, wait
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, cast

from helpers.core.errors import BaseImageError
from helpers.core.records import Progress
from helpers.engine import image_source
from helpers.engine.image_source import stand_in_name
from helpers.engine.pull import OnProgress
from helpers.standins import debian, image_layout, toolchain
from helpers.standins.image_layout import ImageLayout, Json, Layer
from helpers.standins.parallel import Tasks
from helpers.standins.recipes import Recipe

_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_NEWLY_INSTALLED = re.compile(r"upgraded, (\d+) newly installed")


def make(recipe: Recipe, architecture: str, work: Path, tasks: Tasks, on_progress: OnProgress) -> ImageLayout:
    """Makes a stand-in as an image layout in `work`, an empty folder for temporary files.

    The layer starts with the Go toolchain, which is downloaded and written by a task of its own while Debian's
    packages are installed, and ends with Debian's root. Raises BaseImageError if a part can't be downloaded or isn't
    the expected one.
    """
    require_same_architecture(architecture)
    made = datetime.now(UTC)
    toolchain.write_settings(work / "settings.tar", toolchain.certificates())
    layer = Layer(work)
    start = tasks.start(partial(_write_toolchain, recipe, architecture, layer, work, made))
    try:
        _write_root(recipe, layer, work, start, on_progress)
    except BaseException:
        tasks.stop()
        wait([start])  # it writes to the layer and the work folder, and would fail without them
        raise
    finally:
        layer.close()
    config = configuration(recipe, architecture, made)
    return image_layout.create(work / "layout", layer, config, stand_in_name(recipe.reference))


def configuration(recipe: Recipe, architecture: str, made: datetime) -> Json:
    """The configuration of the image, without its layer: the official image's settings, and the stand-in's labels."""
    when = f"{made:%Y-%m-%dT%H:%M:%SZ}"
    return {
        "architecture": architecture,
        "os": "linux",
        "created": when,
        "config": {
            "Env": [
                "PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                f"GOLANG_VERSION={recipe.go}",
                "GOTOOLCHAIN=local",
                "GOPATH=/go",
            ],
            "Cmd": ["bash"],
            "WorkingDir": "/go",
            "Labels": {
                image_source.STAND_IN: recipe.reference,
                f"{image_source.STAND_IN}.suite": recipe.suite,
                f"{image_source.STAND_IN}.go": recipe.go,
                f"{image_source.STAND_IN}.made": when,
            },
        },
        "history": [{"created": when, "comment": f"Debian {recipe.suite} and Go {recipe.go}"}],
    }


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


def require_same_architecture(architecture: str) -> None:
    """Raises BaseImageError if this machine isn't of the engine's architecture: it couldn't run install scripts."""
    machine = _MACHINES.get(platform.machine(), platform.machine())
    if architecture != machine:
        raise BaseImageError(
            f"Stand-ins can't be made here: the engine runs on {architecture}, and this machine is {machine}.",
            "Run the workbook on the engine's machine, or give the engine access to a registry.",
        )


def _write_toolchain(
    recipe: Recipe, architecture: str, layer: Layer, work: Path, made: datetime, on_progress: OnProgress
) -> None:
    what = f"{recipe.reference}: downloading the Go toolchain"
    on_progress(Progress(what, detail=recipe.go))

    def report(count: int) -> None:
        on_progress(Progress(what, detail=f"{count / 1e6:.0f} MB"))

    downloaded = toolchain.download(recipe.go, architecture, work / "modules", report)
    # Not closed: closing a tar writes its end, and Debian's root follows.
    tar = tarfile.TarFile(fileobj=cast(IO[bytes], layer), mode="w", format=tarfile.GNU_FORMAT)
    toolchain.verify(recipe.go, architecture, toolchain.write(tar, downloaded, made.timestamp()))
    downloaded.unlink()


def _write_root(recipe: Recipe, layer: Layer, work: Path, start: Future[None], on_progress: OnProgress) -> None:
    """Appends Debian's root once its packages are installed and the toolchain is in the layer."""
    progress, first, others = _root(recipe, work / "settings.tar", on_progress)
    with closing(others):
        progress.what = f"{recipe.reference}: writing the layer"
        start.result()
        for chunk in itertools.chain([first], others):
            layer.write(chunk)
            on_progress(progress.read(f"{layer.size / 1e6:.0f} MB"))


_Root = tuple[InstallProgress, bytes, debian.Chunks]  # its first chunk and the others


def _root(recipe: Recipe, settings: Path, on_progress: OnProgress) -> _Root:
    """Debian's root from the first of the machine's apt sources that has all packages.

    Raises debian.TimedOut or DiskFull at once: trying again would only take as long again.
    """
    *first, last = debian.machine_sources(recipe.suite)
    for sources in first:
        try:
            return _root_from(sources, recipe, settings, on_progress)
        except debian.TimedOut:
            raise
        except BaseImageError as error:
            reason = error.message.splitlines()[-1]
            on_progress(Progress(f"{recipe.reference}: trying other apt sources", detail=reason))
    return _root_from(last, recipe, settings, on_progress)


def _root_from(sources: Sequence[str], recipe: Recipe, settings: Path, on_progress: OnProgress) -> _Root:
    """The root from those sources, once its first chunk is there: then every package is installed."""
    progress = InstallProgress(f"{recipe.reference}: installing Debian {recipe.suite} packages")
    chunks = debian.root(
        recipe.suite, recipe.packages, sources, settings, lambda line: on_progress(progress.read(line))
    )
    return progress, next(chunks), chunks

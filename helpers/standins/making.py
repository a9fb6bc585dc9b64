"""Executes a plan: pull, make, give a digest; one process at a time, and nothing half-made remains."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
import filelock
import platformdirs

from helpers.core.errors import BaseImageError
from helpers.core.records import Progress
from helpers.engine.base_images import found
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.pull import OnProgress, pull
from helpers.standins import go_image, local_registry
from helpers.standins.debian import KEYRING
from helpers.standins.recipes import Plan, Recipe, require_space

Install = Callable[[Sequence[str]], None]

_PACKAGE_OF = {"mmdebstrap": "mmdebstrap", "go": "golang-go", "unshare": "util-linux", "tar": "tar"}


def require(install: Install | None) -> None:
    """Installs the packages needed to make a stand-in that are missing, if `install` is given.

    Raises BaseImageError, with the command to run, if some are still missing.
    """
    if not shutil.which("apt-get"):
        raise BaseImageError(
            "Stand-ins for the base images can only be made on Debian and Ubuntu.",
            "Give the engine access to a registry, then run `docker pull` for the base images.",
        )
    if install and missing():
        install(missing())
    if packages := missing():
        raise BaseImageError(
            f"Stand-ins need packages that are missing: {', '.join(packages)}.",
            f"Install them: apt-get install --no-install-recommends {' '.join(packages)}",
        )


def missing() -> list[str]:
    """The packages whose programs or keys are missing on this machine."""
    packages = [package for program, package in _PACKAGE_OF.items() if not shutil.which(program)]
    return packages if KEYRING.exists() else [*packages, "debian-archive-keyring"]


LOCK_SECONDS = 1800  # for another process that is making the same images
_WORK_PREFIX = "base-images-"


def lacks_digest(client: docker.DockerClient, recipe: Recipe) -> bool:
    """Whether the engine has a stand-in without a digest although a Dockerfile pins this reference."""
    image = found(client, recipe.reference)
    return bool(recipe.pinned and image and image.is_stand_in and not image.digest)


def execute(
    client: docker.DockerClient,
    plan: Plan,
    on_progress: OnProgress,
    install: Install | None,
    say: Callable[[str], None],
    cache: Cache,
) -> None:
    """Executes the plan, except for what another process has done in the meantime.

    Raises BaseImageError or DiskFull. A stand-in that can't get a digest is only reported to `say`.
    """
    folder = _cache()
    require_space(plan, folder, Path(client.info()["DockerRootDir"]))
    if plan.pulled:
        pull(client, [recipe.reference for recipe in plan.pulled], on_progress, cache)
    if not (plan.made or plan.pinned):
        return
    with _exclusive(folder, on_progress):
        if plan.made:
            require(install)
        for recipe in plan.made:
            _make(client, recipe, folder, on_progress)
        for recipe in plan.pinned:
            _pin(client, recipe, folder, on_progress, say, cache)


@contextmanager
def _work_folder(cache: Path) -> Iterator[Path]:
    """A temporary folder for intermediate files, removed after the block."""
    with TemporaryDirectory(prefix=_WORK_PREFIX, dir=cache, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _make(client: docker.DockerClient, recipe: Recipe, folder: Path, on_progress: OnProgress) -> None:
    """Does nothing if another process has made it in the meantime."""
    if not found(client, recipe.reference):
        with _work_folder(folder) as work:
            go_image.make(client, recipe, work, on_progress)


def _pin(
    client: docker.DockerClient,
    recipe: Recipe,
    folder: Path,
    on_progress: OnProgress,
    say: Callable[[str], None],
    cache: Cache,
) -> None:
    """A failure is only reported: without a digest, just the pinned variant of a Dockerfile can't be built."""
    if not lacks_digest(client, recipe):
        return
    try:
        with _work_folder(folder) as work, local_registry.serving(local_registry.program(work), work) as address:
            local_registry.give_digest(client, recipe.reference, address, on_progress, cache)
    except BaseImageError as error:
        say(f"{recipe.reference} has no digest to pin: {error.message}")


def left_behind() -> list[Path]:
    """The work folders of killed runs in our cache folder; none while a run is in progress."""
    cache = _cache()
    try:
        with _lock(cache).acquire(timeout=0):
            return sorted(cache.glob(f"{_WORK_PREFIX}*/"))
    except filelock.Timeout:
        return []


def discard(folder: Path) -> None:
    """Deletes the work folder of a killed run.

    Raises OSError if the system refuses, TimeoutError if another run has started in the meantime.
    """
    with _lock(_cache()).acquire(timeout=0):
        shutil.rmtree(folder)


@contextmanager
def _exclusive(cache: Path, on_progress: OnProgress) -> Iterator[None]:
    """Keeps other processes from making base images during the block, and first removes what killed runs left.

    Raises BaseImageError if another process holds the lock for more than half an hour.
    """
    for folder in left_behind():
        with suppress(filelock.Timeout, FileNotFoundError):  # another run has started, and has removed it
            discard(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock(cache).acquire(timeout=0))
        except filelock.Timeout:
            on_progress(Progress("waiting for another run that is making base images"))
            stack.enter_context(_wait_for(_lock(cache)))
        yield


def _wait_for(lock: filelock.BaseFileLock) -> AbstractContextManager[object]:
    try:
        return lock.acquire(timeout=LOCK_SECONDS)
    except filelock.Timeout as error:
        raise BaseImageError(
            f"Another process has been making base images for {LOCK_SECONDS // 60} min.",
            "Wait until it has finished or stop it, then run the same command again.",
        ) from error


def _cache() -> Path:
    return platformdirs.user_cache_path("dockerfile-workbook", ensure_exists=True)


def _lock(cache: Path) -> filelock.BaseFileLock:
    return filelock.FileLock(cache / "base-images.lock")

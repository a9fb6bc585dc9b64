"""Executes a plan: pull, make or take from the cache; one process at a time, and nothing half-made remains."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
import filelock

from helpers.core.errors import BaseImageError
from helpers.core.paths import cache_folder
from helpers.core.records import Progress
from helpers.engine.base_images import found
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.pull import OnProgress, pull
from helpers.standins import go_image, stand_in_cache
from helpers.standins.debian import KEYRING
from helpers.standins.delivery import deliver, no_digest, pin
from helpers.standins.image_layout import ImageLayout
from helpers.standins.parallel import Tasks, tasks
from helpers.standins.recipes import Plan, Recipe, require_space

Install = Callable[[Sequence[str]], None]

_PACKAGE_OF = {"mmdebstrap": "mmdebstrap", "go": "golang-go", "unshare": "util-linux", "tar": "tar"}


def require(install: Install | None) -> None:
    """Installs the packages needed to make a stand-in that are missing, if `install` is given.

    Raises BaseImageError, with the command to run, if some are still missing, or if the user isn't root: mmdebstrap
    could not use the user's cache folder, which is closed to the user namespace that it would need.
    """
    if not shutil.which("apt-get"):
        raise BaseImageError(
            "Stand-ins for the base images can only be made on Debian and Ubuntu.",
            "Give the engine access to a registry, then run `docker pull` for the base images.",
        )
    if os.geteuid() != 0:
        raise BaseImageError(
            "Stand-ins for the base images can only be made by root: mmdebstrap installs Debian's packages into a "
            "folder whose files belong to root. The engine answers without sudo.",
            "Run the same command once with sudo. After that, the engine has them, and it works without sudo.",
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
_LOCAL_SOCKET = "http+docker://localhost"  # the Docker SDK's base_url for a Unix socket
_MAKE_ANEW = "To make it anew, run `python3 -m helpers clean --cache`, then `python3 -m helpers run --yes`."


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

    Stand-ins are taken from the user's cache folder if they were made before, with whatever engine. Raises
    BaseImageError or DiskFull. A stand-in that can't get a digest is only reported to `say`.
    """
    folder = _cache()
    require_space(plan, folder, _data_folder(client))
    if plan.pulled:
        pull(client, [recipe.reference for recipe in plan.pulled], on_progress, cache)
    if not (plan.absent or plan.pinned):
        return
    with _exclusive(folder, on_progress):
        absent = [recipe for recipe in plan.absent if not found(client, recipe.reference)]
        unpinned = [recipe for recipe in plan.pinned if recipe not in absent and lacks_digest(client, recipe)]
        for line in _provide(client, absent, folder, on_progress, install, say):
            say(line)
        for recipe in unpinned:
            _pin(client, recipe, folder, on_progress, say)


def _data_folder(client: docker.DockerClient) -> Path | None:
    """The engine's data folder; None if the engine isn't reached by a local socket, so may be on another machine."""
    return Path(client.info()["DockerRootDir"]) if client.api.base_url == _LOCAL_SOCKET else None


def known(client: docker.DockerClient, recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """Those of the recipes whose stand-in is in the user's cache folder; it may still turn out to be damaged."""
    architecture = str(client.version()["Arch"])
    return tuple(recipe for recipe in recipes if stand_in_cache.known(cache_folder(), recipe, architecture))


def _provide(
    client: docker.DockerClient,
    absent: Sequence[Recipe],
    folder: Path,
    on_progress: OnProgress,
    install: Install | None,
    say: Callable[[str], None],
) -> list[str]:
    """Brings all of them into the engine at the same time; returns why some have no digest."""
    architecture = str(client.version()["Arch"])
    cached = _cached(absent, architecture, folder, on_progress)
    for recipe, layout in cached.items():
        say(f"{recipe.reference}: taken from the cache folder, made on {layout.made[:10]}. {_MAKE_ANEW}")
    if len(cached) < len(absent):
        require(install)
    with tasks() as running:
        results = [
            running.start(partial(_make_and_deliver, client, recipe, cached.get(recipe), folder, running, architecture))
            for recipe in absent
        ]
        running.wait(on_progress)
    return [reason for result in results if (reason := result.result())]


def _cached(
    recipes: Sequence[Recipe], architecture: str, folder: Path, on_progress: OnProgress
) -> dict[Recipe, ImageLayout]:
    """The intact layouts in the cache folder, for the recipes that have one."""

    def check(recipe: Recipe, report: OnProgress) -> ImageLayout | None:
        report(Progress(f"{recipe.reference}: looking in the cache folder"))
        return stand_in_cache.find(folder, recipe, architecture)

    with tasks() as running:
        results = {recipe: running.start(partial(check, recipe)) for recipe in recipes}
        running.wait(on_progress)
    return {recipe: layout for recipe, result in results.items() if (layout := result.result())}


def _make_and_deliver(
    client: docker.DockerClient,
    recipe: Recipe,
    cached: ImageLayout | None,
    folder: Path,
    running: Tasks,
    architecture: str,
    report: OnProgress,
) -> str:
    """Why the image in the engine has no digest; "" if it has one or needs none."""
    return deliver(client, cached or _made(recipe, architecture, folder, running, report), recipe, report)


def _made(recipe: Recipe, architecture: str, folder: Path, running: Tasks, report: OnProgress) -> ImageLayout:
    with _work_folder(folder) as work:
        layout = go_image.make(recipe, architecture, work, running, report)
        return stand_in_cache.keep(folder, recipe, architecture, layout.folder)


@contextmanager
def _work_folder(cache: Path) -> Iterator[Path]:
    """A temporary folder for intermediate files, removed after the block."""
    with TemporaryDirectory(prefix=_WORK_PREFIX, dir=cache, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _pin(
    client: docker.DockerClient, recipe: Recipe, folder: Path, on_progress: OnProgress, say: Callable[[str], None]
) -> None:
    """A failure is only reported: without a digest, just the pinned variant of a Dockerfile can't be built."""
    image = found(client, recipe.reference)
    layout = stand_in_cache.find(folder, recipe, str(client.version()["Arch"]))
    try:
        if not (image and layout and image.id in layout.identities):
            raise BaseImageError(f"the cache folder doesn't have this stand-in. {_MAKE_ANEW}")
        pin(client, layout, recipe, on_progress)
    except BaseImageError as error:
        say(no_digest(recipe, error))


def left_behind() -> list[Path]:
    """The work folders of killed runs in our cache folder; none while a run is in progress."""
    cache = _cache()
    try:
        with _lock(cache).acquire(timeout=0):
            return sorted(cache.glob(f"{_WORK_PREFIX}*/"))
    except filelock.Timeout:
        return []


def discard(folder: Path) -> None:
    """Deletes the work folder of a killed run, or a stand-in in the cache.

    Raises OSError if the system refuses, TimeoutError if another run has started in the meantime.
    """
    with _lock(_cache()).acquire(timeout=0):
        shutil.rmtree(folder)


def discard_cached(dry_run: bool) -> tuple[list[str], list[str]]:
    """Deletes all stand-ins in the user's cache folder: a line for each that was deleted, and for each that was left.

    In a dry run, the lines say what would be deleted.
    """
    done: list[str] = []
    left: list[str] = []
    for folder in stand_in_cache.kept(cache_folder()):
        try:
            if not dry_run:
                discard(folder)
            done.append(f"{'would remove' if dry_run else 'removed'} folder {folder}")
        except OSError as error:
            left.append(f"left folder {folder}: {error}. If another run is using it, wait and run the command again.")
    return done, left


@contextmanager
def _exclusive(cache: Path, on_progress: OnProgress) -> Iterator[None]:
    """Keeps other processes from making base images during the block, and first removes what killed runs left.

    Raises BaseImageError if another process holds the lock for more than half an hour.
    """
    for folder in left_behind():
        with suppress(OSError):  # another run has started, or the folder is root's; `clean` reports what it leaves
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
    """The cache folder of the course, created if it doesn't exist."""
    cache_folder().mkdir(parents=True, exist_ok=True)
    return cache_folder()


def _lock(cache: Path) -> filelock.BaseFileLock:
    return filelock.FileLock(cache / "base-images.lock")

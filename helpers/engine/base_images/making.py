"""Carrying out a plan: pull, make, give a digest; one process at a time, and nothing half-made stays."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import docker
import filelock
import platformdirs
from docker.errors import ImageNotFound

from helpers.engine.base_images import facts, registry, stand_in, tools
from helpers.engine.base_images.plan import Plan, require_room
from helpers.engine.base_images.pull import Tell, pull
from helpers.engine.base_images.recipe import Recipe
from helpers.engine.layer import Cache
from helpers.records import BaseImage, Progress
from helpers.records.errors import BaseImageError

_LOCK_SECONDS = 1800  # for another run that is making the same images
_WORK = "base-images-"


def found(client: docker.DockerClient, reference: str) -> BaseImage | None:
    """The image as the engine has it now, None where it has none; no network is used."""
    try:
        return facts.base_image(reference, client.images.get(reference).attrs)
    except ImageNotFound:
        return None


def lacks_digest(client: docker.DockerClient, recipe: Recipe) -> bool:
    """Whether the engine has a stand-in that a Dockerfile is to pin to and that has no digest."""
    image = found(client, recipe.reference)
    return bool(recipe.pinned and image and image.is_stand_in and not image.digest)


def execute(
    client: docker.DockerClient,
    plan: Plan,
    tell: Tell,
    install: tools.Install | None,
    say: Callable[[str], None],
    cache: Cache,
) -> None:
    """Does what the plan says, and what another process has done meanwhile is not done again.

    Raises BaseImageError or DiskFull; that a stand-in gets no digest is only said.
    """
    folder = _cache()
    require_room(plan, folder, Path(client.info()["DockerRootDir"]))
    for recipe in plan.pulled:
        pull(client, recipe.reference, tell, cache)
    if not (plan.made or plan.pinned):
        return
    with _alone(folder, tell):
        if plan.made:
            tools.require(install)
        for recipe in plan.made:
            with _workshop(folder) as work:
                if not found(client, recipe.reference):
                    stand_in.make(client, recipe, work, tell)
        for recipe in plan.pinned:
            with _workshop(folder) as work:
                if lacks_digest(client, recipe):
                    _pin(client, recipe, work, tell, say, cache)


@contextmanager
def _workshop(cache: Path) -> Iterator[Path]:
    """A folder for the parts, gone after the block."""
    with TemporaryDirectory(prefix=_WORK, dir=cache, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _pin(
    client: docker.DockerClient, recipe: Recipe, work: Path, tell: Tell, say: Callable[[str], None], cache: Cache
) -> None:
    """Without a digest the course goes on: only the pinned form of a Dockerfile cannot be built."""
    try:
        with registry.serving(registry.program(work), work) as address:
            registry.give_digest(client, recipe.reference, address, tell, cache)
    except BaseImageError as error:
        say(f"There is no digest to pin to for {recipe.reference}: {error.message}")


def left_behind() -> list[Path]:
    """The folders that a killed run left in our cache; none while a run is at work."""
    cache = _cache()
    try:
        with _lock(cache).acquire(timeout=0):
            return sorted(cache.glob(f"{_WORK}*/"))
    except filelock.Timeout:
        return []


def discard(folder: Path) -> None:
    """Removes a folder that a killed run left.

    Raises OSError where the system refuses, TimeoutError where a run has come to work meanwhile.
    """
    with _lock(_cache()).acquire(timeout=0):
        shutil.rmtree(folder)


@contextmanager
def _alone(cache: Path, tell: Tell) -> Iterator[None]:
    """No other process makes base images in the block, and what one that was killed left behind is gone.

    Raises BaseImageError where another one takes longer than half an hour.
    """
    for folder in left_behind():
        with suppress(filelock.Timeout, FileNotFoundError):  # another run has come to work, and has removed it
            discard(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(_lock(cache).acquire(timeout=0))
        except filelock.Timeout:
            tell(Progress("waiting for another run, which is making base images"))
            stack.enter_context(_waited(_lock(cache)))
        yield


def _waited(lock: filelock.BaseFileLock) -> AbstractContextManager[object]:
    try:
        return lock.acquire(timeout=_LOCK_SECONDS)
    except filelock.Timeout as error:
        raise BaseImageError(f"Another process has been making base images for {_LOCK_SECONDS // 60} min.") from error


def _cache() -> Path:
    return platformdirs.user_cache_path("dockerfile-workbook", ensure_exists=True)


def _lock(cache: Path) -> filelock.BaseFileLock:
    return filelock.FileLock(cache / "base-images.lock")

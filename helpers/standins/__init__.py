"""The base images of every build: used if present, else pulled, else made as stand-ins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import docker

from helpers.core.errors import BaseImageError
from helpers.core.records import BaseImage
from helpers.engine.base_images import found
from helpers.engine.failures import explained
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.image_source import LOOPBACK, normal
from helpers.engine.pull import OnProgress, RegistryOutOfReach, probe
from helpers.engine.removal import Removal, Removals, untag, users
from helpers.standins.making import Install, discard, execute, lacks_digest, left_behind
from helpers.standins.recipes import RECIPES, REFERENCES, Plan, Recipe, recipe_of

__all__ = ["RECIPES", "REFERENCES", "Plan", "Recipe", "RegistryOutOfReach", "ensure", "plan", "present", "remove"]

Consent = bool | Callable[[str], bool]


def present(client: docker.DockerClient, references: Sequence[str] = REFERENCES) -> tuple[BaseImage, ...]:
    """The base images that the engine has now; uses no network."""
    return tuple(image for reference in references if (image := found(client, reference)))


def plan(client: docker.DockerClient, references: Sequence[str] = REFERENCES) -> Plan:
    """What `ensure` would pull or make now. Asks the registry once, and only if an image is missing.

    Raises BaseImageError if the registry refuses, RegistryOutOfReach if no registry answers and there is no recipe for
    a missing image.
    """
    recipes = tuple(recipe_of(reference) for reference in references)
    unpinned = tuple(recipe for recipe in recipes if lacks_digest(client, recipe))
    missing = tuple(recipe for recipe in recipes if not found(client, recipe.reference))
    if not missing:
        return Plan(pinned=unpinned)
    try:
        probe(client, missing[0].reference)
    except RegistryOutOfReach as error:
        if not all(recipe.suite for recipe in missing):
            raise
        return Plan(
            made=missing,
            pinned=(*unpinned, *(each for each in missing if each.pinned)),
            why=error.message.rstrip(".") + ".",
        )
    return Plan(pulled=missing, pinned=unpinned)


def ensure(
    client: docker.DockerClient,
    *,
    consent: Consent,
    on_progress: OnProgress,
    install: Install | None = None,
    references: Sequence[str] = REFERENCES,
    say: Callable[[str], None] = print,
    cache: Cache | None = None,
) -> tuple[BaseImage, ...]:
    """The base images, after pulling those that the engine lacks or making stand-ins for them.

    `consent` allows stand-ins to be made; a callable is asked, with the plan as its argument. `install` installs system
    packages. `say` gets the plan before anything starts. The layers' compressed sizes are saved in `cache`. Fast if
    nothing is missing. Raises BaseImageError or DiskFull.
    """
    with explained():
        now = plan(client, references)
        if consent is False:  # a digest adds a name to the user's engine, so it needs consent too
            now = replace(now, pinned=())
        if str(now):
            say(str(now))
            _require_consent(now, consent)
            execute(client, now, on_progress, install, say, {} if cache is None else cache)
        return present(client, references)


def remove(removals: Removals, references: Sequence[str] = REFERENCES) -> None:
    """Untags our stand-ins, which removes them from the engine, and deletes the work folders of killed runs.

    A stand-in that one of the user's containers uses keeps its names. Images that were pulled, or that the user built
    or tagged under these names, stay.
    """
    removals.remove("stand-ins", lambda: _stand_ins(removals.client, references))
    removals.remove_here("work folders", _work_folders)


def _stand_ins(client: docker.DockerClient, references: Sequence[str]) -> Iterator[Removal]:
    others = users(client)
    for image in present(client, references):
        for name in _names(client, image) if image.is_stand_in else ():
            yield Removal(f"stand-in {name}", partial(untag, client, name), others.of_image(image.id))


def _work_folders() -> Iterator[Removal]:
    for folder in left_behind():
        yield Removal(f"folder {folder}", partial(discard, folder))


def _names(client: docker.DockerClient, image: BaseImage) -> list[str]:
    """The stand-in's tags that we created; its digests go with the last tag of their repository."""
    tags = client.images.get(image.id).attrs.get("RepoTags") or []
    return [tag for tag in tags if tag == normal(image.reference) or tag.startswith(LOOPBACK)]


def _require_consent(now: Plan, consent: Consent) -> None:
    """Raises BaseImageError, with the command that gives consent, if the plan makes stand-ins without it."""
    allowed = consent if isinstance(consent, bool) else not now.made or consent(str(now))
    if now.made and not allowed:
        names = " and ".join(recipe.reference for recipe in now.made)
        raise BaseImageError(
            f"{now.why} Missing: {names}.",
            "Run `python3 -m helpers run --yes` to make stand-ins from Debian packages and the official Go toolchain.",
        )

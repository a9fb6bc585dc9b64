"""The images that every build starts from: the ones that are there, else pulled, else made as stand-ins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import docker

from helpers.engine.base_images.facts import LOOPBACK, normal
from helpers.engine.base_images.making import discard, execute, found, lacks_digest, left_behind
from helpers.engine.base_images.plan import Plan
from helpers.engine.base_images.pull import RegistryOutOfReach, Tell, probe
from helpers.engine.base_images.recipe import RECIPES, REFERENCES, Recipe, recipe_of
from helpers.engine.base_images.tools import Install
from helpers.engine.failures import explained
from helpers.engine.layer import Cache
from helpers.engine.removal import Removal, Removals, untag, users
from helpers.records import BaseImage
from helpers.records.errors import BaseImageError

__all__ = ["RECIPES", "REFERENCES", "Plan", "Recipe", "RegistryOutOfReach", "ensure", "plan", "present", "remove"]

Consent = bool | Callable[[str], bool]


def present(client: docker.DockerClient, references: Sequence[str] = REFERENCES) -> tuple[BaseImage, ...]:
    """Those of the base images that the engine has now; no network is used."""
    return tuple(image for reference in references if (image := found(client, reference)))


def plan(client: docker.DockerClient, references: Sequence[str] = REFERENCES) -> Plan:
    """What `ensure` would fetch or make now. A registry is asked only where an image is missing, and asked once.

    Raises BaseImageError where the registry answers and says no, RegistryOutOfReach where none answers and an image
    that is missing cannot be made.
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
    on_progress: Tell,
    install: Install | None = None,
    references: Sequence[str] = REFERENCES,
    say: Callable[[str], None] = print,
    cache: Cache | None = None,
) -> tuple[BaseImage, ...]:
    """The base images, all of them on the engine: as they are where they are there, else pulled, else stand-ins.

    `consent` is the leave to make stand-ins, or a question that gets it, asked with the plan's words; `install`
    installs system packages; `say` is told the plan before anything starts; what registries tell of the layers goes
    into `memory`. Quick where everything is there.
    Raises BaseImageError or DiskFull.
    """
    with explained():
        now = plan(client, references)
        if consent is False:  # a digest is one more name on somebody's engine
            now = replace(now, pinned=())
        if str(now):
            say(str(now))
            _get_leave(now, consent)
            execute(client, now, on_progress, install, say, {} if cache is None else cache)
        return present(client, references)


def remove(removals: Removals, references: Sequence[str] = REFERENCES) -> None:
    """Takes our names from our stand-ins, and so the stand-ins from the engine, and work folders from this machine.

    A stand-in that a container of the user's uses keeps its names. Images that were pulled, or that somebody else put
    under these names, stay. Work folders are what a killed run left behind.
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
    """The stand-in's tags that are of our making; its digests go with the last tag of their repository."""
    tags = client.images.get(image.id).attrs.get("RepoTags") or []
    return [tag for tag in tags if tag == normal(image.reference) or tag.startswith(LOOPBACK)]


def _get_leave(now: Plan, consent: Consent) -> None:
    """Returns where the plan may be carried out.

    Raises BaseImageError, with the line to type, where it would make stand-ins and may not.
    """
    allowed = consent if isinstance(consent, bool) else not now.made or consent(str(now))
    if now.made and not allowed:
        names = " and ".join(recipe.reference for recipe in now.made)
        raise BaseImageError(
            f"{now.why} Without it there is no {names}.",
            "`python3 -m helpers run --yes` makes stand-ins of Debian's packages and the official Go",
        )

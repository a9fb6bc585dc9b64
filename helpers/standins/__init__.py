"""The base images of every build: used if present, else pulled, else made as stand-ins."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import docker

from helpers.core.errors import BaseImageError
from helpers.core.records import BaseImage
from helpers.engine.base_images import found, stand_ins
from helpers.engine.failures import explained
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.image_source import LOOPBACK, normal, split, stand_in_name
from helpers.engine.pull import OnProgress, RegistryOutOfReach, probe
from helpers.engine.removal import Removal, Removals, untag, users
from helpers.standins.delivery import served_name
from helpers.standins.making import Install, discard, execute, known, lacks_digest, left_behind
from helpers.standins.recipes import RECIPES, REFERENCES, Plan, Recipe, recipe_of
from helpers.standins.registry_check import answer_file

__all__ = ["RECIPES", "REFERENCES", "Plan", "Recipe", "RegistryOutOfReach", "ensure", "plan", "present", "remove"]

Consent = bool | Callable[[str], bool]
_RENAME = "They keep the official names. To rename them, run `python3 -m helpers run --yes`."


def present(client: docker.DockerClient, references: Sequence[str] = REFERENCES) -> tuple[BaseImage, ...]:
    """The base images that the engine has now; uses no network."""
    return tuple(image for reference in references if (image := found(client, reference)))


def plan(client: docker.DockerClient, references: Sequence[str] = REFERENCES, *, official: bool = False) -> Plan:
    """What `ensure` would rename, pull or make now. Asks the registry once, and only if an image is missing.

    `official`: stand-ins count as missing, and none is made. Raises BaseImageError if the registry refuses,
    RegistryOutOfReach if no registry answers and there is no recipe for a missing image.
    """
    recipes = tuple(recipe_of(reference) for reference in references)
    images = {recipe: found(client, recipe.reference) for recipe in recipes}
    now = Plan(
        renamed=tuple(recipe for recipe, image in images.items() if image and _has_official_name(image)),
        pinned=() if official else tuple(recipe for recipe in recipes if lacks_digest(client, recipe)),
    )
    missing = tuple(each for each, image in images.items() if not image or (official and image.is_stand_in))
    return _with_missing(client, now, missing, official) if missing else now


def _has_official_name(image: BaseImage) -> bool:
    return image.is_stand_in and image.name == image.reference


def _with_missing(client: docker.DockerClient, now: Plan, missing: tuple[Recipe, ...], official: bool) -> Plan:
    try:
        probe(client, missing[0].reference)
    except RegistryOutOfReach as error:
        if official or not all(recipe.suite for recipe in missing):
            raise
        cached = known(client, missing)
        return replace(
            now,
            made=tuple(recipe for recipe in missing if recipe not in cached),
            cached=cached,
            pinned=(*now.pinned, *(each for each in missing if each.pinned)),
            why=error.message.rstrip(".") + ".",
        )
    return replace(now, pulled=missing)


def ensure(
    client: docker.DockerClient,
    *,
    consent: Consent,
    on_progress: OnProgress,
    install: Install | None = None,
    references: Sequence[str] = REFERENCES,
    say: Callable[[str], None] = print,
    cache: Cache | None = None,
    official: bool = False,
) -> tuple[BaseImage, ...]:
    """The base images, after pulling those that the engine lacks or making stand-ins for them.

    `consent` allows stand-ins to be made, to be renamed or to get a digest; a callable is asked, with the plan as its
    argument. `install` installs system packages. `say` gets the plan before anything starts. The layers' compressed
    sizes are saved in `cache`. `official` pulls the official images in place of stand-ins, and then removes those.
    Fast if nothing is missing. Raises BaseImageError or DiskFull.
    """
    with explained():
        now = plan(client, references, official=official)
        if consent is False:  # a digest adds a name to the user's engine, so it needs consent too
            now = replace(now, pinned=())
        if str(now):
            say(str(now))
            _execute(client, now, official or _agreed(now, consent), on_progress, install, say, cache)
        if official:
            _remove_replaced(client, now.pulled, say)
        return present(client, references)


def _agreed(now: Plan, consent: Consent) -> bool:
    """Whether the plan may make, rename and pin stand-ins; asks if it would.

    Raises BaseImageError, with the command that gives consent, if it may not make those that are missing.
    """
    allowed = consent if isinstance(consent, bool) else not now.changes_stand_ins or consent(str(now))
    if now.absent and not allowed:
        names = " and ".join(recipe.reference for recipe in now.absent)
        raise BaseImageError(
            f"{now.why} Missing: {names}.",
            "Run `python3 -m helpers run --yes` to make stand-ins from Debian packages and the official Go toolchain.",
        )
    return allowed


def _execute(
    client: docker.DockerClient,
    now: Plan,
    allowed: bool,
    on_progress: OnProgress,
    install: Install | None,
    say: Callable[[str], None],
    cache: Cache | None,
) -> None:
    if now.renamed and not allowed:
        say(_RENAME)
    if not allowed:
        now = replace(now, renamed=(), pinned=())
    for recipe in now.renamed:
        _rename(client, recipe)
    execute(client, now, on_progress, install, say, {} if cache is None else cache)


def _rename(client: docker.DockerClient, recipe: Recipe) -> None:
    """Takes the official name from a stand-in of an earlier version, after giving it its own."""
    if image := next((each for each in stand_ins(client, recipe.reference) if _has_official_name(each)), None):
        client.api.tag(image.id, *split(stand_in_name(recipe.reference)))
        untag(client, image.name)


def _remove_replaced(client: docker.DockerClient, pulled: Sequence[Recipe], say: Callable[[str], None]) -> None:
    """Removes the stand-ins that the pulled images replace, except those that a container of the user's uses."""
    removals = Removals(client, dry_run=False)
    removals.remove("stand-ins", lambda: _stand_ins(client, [recipe.reference for recipe in pulled]))
    for line in (*removals.done, *removals.left):
        say(line)


def remove(removals: Removals, references: Sequence[str] = REFERENCES) -> None:
    """Untags our stand-ins, which removes them from the engine, and deletes what killed runs left in our cache folder.

    A stand-in that one of the user's containers uses keeps its names. Images that were pulled, or that the user built
    or tagged under these names, stay.
    """
    removals.remove("stand-ins", lambda: _stand_ins(removals.client, references))
    removals.remove_here("work folders", _work_folders)
    removals.remove_here("the registry's last answer", _last_answer)


def _stand_ins(client: docker.DockerClient, references: Sequence[str]) -> Iterator[Removal]:
    others = users(client)
    for reference in references:
        identities = {name: image.id for image in stand_ins(client, reference) for name in _names(client, image)}
        for name, identity in identities.items():
            yield Removal(f"stand-in {name}", partial(untag, client, name), others.of_image(identity))


def _work_folders() -> Iterator[Removal]:
    for folder in left_behind():
        yield Removal(f"folder {folder}", partial(discard, folder))


def _last_answer() -> Iterator[Removal]:
    if answer_file().exists():
        yield Removal(f"file {answer_file()}", answer_file().unlink)


def _names(client: docker.DockerClient, image: BaseImage) -> list[str]:
    """The stand-in's tags that we created; its digests go with the last tag of their repository."""
    tags = client.images.get(image.id).attrs.get("RepoTags") or []
    ours = (stand_in_name(image.reference), normal(image.reference))
    pulled = re.compile(rf"{re.escape(LOOPBACK)}\d+/{re.escape(served_name(image.reference))}")
    return [tag for tag in tags if tag in ours or pulled.fullmatch(tag)]

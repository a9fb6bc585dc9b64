"""Stand-ins that were made before, as image layouts in the user's cache folder."""

import hashlib
import json
import re
import shutil
from pathlib import Path

from helpers.standins import toolchain
from helpers.standins.image_layout import ImageLayout, read
from helpers.standins.recipes import Recipe

_FOLDER = "stand-ins"
_FORMAT = 1  # to be raised when the same recipe makes another image


def find(cache: Path, recipe: Recipe, architecture: str) -> ImageLayout | None:
    """The stand-in that this recipe made at some time in the past; None if there is none or it is damaged.

    Reads all of it, about a gigabyte.
    """
    layout = known(cache, recipe, architecture)
    return layout if layout and layout.is_intact() else None


def known(cache: Path, recipe: Recipe, architecture: str) -> ImageLayout | None:
    """The same without reading the layer; it may be damaged."""
    try:
        return read(_place(cache, recipe, architecture))
    except (OSError, ValueError, LookupError):
        return None


def keep(cache: Path, recipe: Recipe, architecture: str, made: Path) -> ImageLayout:
    """Moves a complete layout into the cache, where it replaces every other one for the same base image."""
    place = _place(cache, recipe, architecture)
    place.parent.mkdir(exist_ok=True)
    for old in place.parent.glob(f"{_label(recipe, architecture)}-*"):
        shutil.rmtree(old)
    made.rename(place)
    return read(place)


def kept(cache: Path) -> list[Path]:
    """The folders of all layouts in the cache."""
    return sorted((cache / _FOLDER).glob("*/"))


def _place(cache: Path, recipe: Recipe, architecture: str) -> Path:
    """The layout's folder. Its name doesn't depend on the versions of Debian's packages, so it is found offline."""
    parts = [
        _FORMAT,
        recipe.suite,
        recipe.packages,
        toolchain.SUMS.get((recipe.go, architecture), recipe.go),
        hashlib.sha256(toolchain.certificates()).hexdigest(),
    ]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
    return cache / _FOLDER / f"{_label(recipe, architecture)}-{key}"


def _label(recipe: Recipe, architecture: str) -> str:
    """The reference and the architecture as a file name; no other reference has the same one followed by a key."""
    return f"{re.sub('[^a-z0-9.]', '_', recipe.reference.lower())}-{architecture}"

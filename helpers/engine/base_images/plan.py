"""What there is to fetch or to make before the first build, said before it starts."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.engine.base_images.recipe import Recipe
from helpers.records.errors import DiskFull


@dataclass(frozen=True, slots=True)
class Plan:
    """The base images that are missing, and what becomes of each."""

    pulled: tuple[Recipe, ...] = ()
    made: tuple[Recipe, ...] = ()
    pinned: tuple[Recipe, ...] = ()  # stand-ins that get a digest
    why: str = ""  # why they are made and not pulled

    @property
    def download_bytes(self) -> int:
        """Bytes to be fetched, about."""
        return sum(recipe.pull_bytes for recipe in self.pulled) + sum(recipe.download_bytes for recipe in self.made)

    @property
    def image_bytes(self) -> int:
        """Bytes that the engine will hold more, about."""
        return sum(recipe.image_bytes for recipe in (*self.pulled, *self.made))

    @property
    def work_bytes(self) -> int:
        """Bytes on disk beside the engine's while it is done: one image is made after the other."""
        return max((recipe.work_bytes for recipe in (*self.made, *self.pinned)), default=0)

    @property
    def seconds(self) -> int:
        """Seconds for what is made, on two cores, about; a pull takes what the network takes."""
        return sum(recipe.seconds for recipe in self.made) + sum(recipe.digest_seconds for recipe in self.pinned)

    def __str__(self) -> str:
        """The plan in the sentences that are said before it starts; "" where there is nothing to do."""
        return " ".join(filter(None, (self._pulls(), self._makes(), self._pins())))

    def _pulls(self) -> str:
        if not self.pulled:
            return ""
        known = self._part(self.pulled).download_bytes
        return f"To be pulled: {_names(self.pulled)}{f' (about {_size(known)})' if known else ''}."

    def _makes(self) -> str:
        if not self.made:
            return ""
        part = self._part(made=self.made)
        return (
            f"{self.why} To be made in place of the official images, of Debian's packages and the official Go, and "
            f"labelled as stand-ins: {_names(self.made)} (to fetch about {_size(part.download_bytes)}, disk "
            f"{_size(part.image_bytes)} and meanwhile {_size(part.work_bytes)} more, about {_minutes(part.seconds)})."
        )

    def _pins(self) -> str:
        if not self.pinned:
            return ""
        return (
            f"A digest to pin to for {_names(self.pinned)}: about {_minutes(self._part(pinned=self.pinned).seconds)}."
        )

    def _part(
        self, pulled: tuple[Recipe, ...] = (), made: tuple[Recipe, ...] = (), pinned: tuple[Recipe, ...] = ()
    ) -> "Plan":
        return Plan(pulled, made, pinned)


def require_room(plan: Plan, work: Path, engine: Path) -> None:
    """Returns where the disks have room for the plan.

    `work` is where the parts lie, `engine` where the engine keeps its images (it may be on no disk of this machine).
    Raises DiskFull, with what is needed and what is free.
    """
    _require(engine, plan.image_bytes + (plan.work_bytes if _same_disk(work, engine) else 0), "the base images")
    _require(work, plan.work_bytes, "making stand-ins")


def _require(folder: Path, wanted: int, purpose: str) -> None:
    if not folder.exists():
        return
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise DiskFull(
            f"At {folder} {_size(wanted)} are needed for {purpose}, and {_size(free)} are free.", "make room there"
        )


def _same_disk(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.stat().st_dev == other.stat().st_dev


def _names(recipes: Sequence[Recipe]) -> str:
    return " and ".join(recipe.reference for recipe in recipes)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _minutes(seconds: int) -> str:
    return f"{max(1, round(seconds / 60))} min"

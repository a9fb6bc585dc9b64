"""What has to be pulled or made before the first build, with sizes and times, shown before it starts."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.engine.base_images.recipe import Recipe
from helpers.records.errors import DiskFull


@dataclass(frozen=True, slots=True)
class Plan:
    """The missing base images, and what is done about each."""

    pulled: tuple[Recipe, ...] = ()
    made: tuple[Recipe, ...] = ()
    pinned: tuple[Recipe, ...] = ()  # stand-ins that get a digest
    why: str = ""  # why stand-ins are made instead of pulling

    @property
    def download_bytes(self) -> int:
        """Bytes to download, approximately."""
        return sum(recipe.pull_bytes for recipe in self.pulled) + sum(recipe.download_bytes for recipe in self.made)

    @property
    def image_bytes(self) -> int:
        """Bytes of disk space that the images take on the engine, approximately."""
        return sum(recipe.image_bytes for recipe in (*self.pulled, *self.made))

    @property
    def work_bytes(self) -> int:
        """Bytes of temporary disk space; images are made one at a time, so the largest counts."""
        return max((recipe.work_bytes for recipe in (*self.made, *self.pinned)), default=0)

    @property
    def seconds(self) -> int:
        """Seconds for making stand-ins on two cores, approximately; pulls depend on the network and are left out."""
        return sum(recipe.seconds for recipe in self.made) + sum(recipe.digest_seconds for recipe in self.pinned)

    def __str__(self) -> str:
        """The plan as sentences, shown before it starts; "" if there is nothing to do."""
        return " ".join(filter(None, (self._pulls(), self._makes(), self._pins())))

    def _pulls(self) -> str:
        if not self.pulled:
            return ""
        known = self._part(self.pulled).download_bytes
        return f"Images to pull: {_names(self.pulled)}{f' (about {_size(known)})' if known else ''}."

    def _makes(self) -> str:
        if not self.made:
            return ""
        part = self._part(made=self.made)
        return (
            f"{self.why} Images to make from Debian packages and the official Go toolchain, labelled as stand-ins: "
            f"{_names(self.made)} (about {_size(part.download_bytes)} to download, {_size(part.image_bytes)} of disk "
            f"space plus {_size(part.work_bytes)} temporarily, {_minutes(part.seconds)})."
        )

    def _pins(self) -> str:
        if not self.pinned:
            return ""
        return (
            f"Stand-ins that get a digest to pin: {_names(self.pinned)} "
            f"(about {_minutes(self._part(pinned=self.pinned).seconds)})."
        )

    def _part(
        self, pulled: tuple[Recipe, ...] = (), made: tuple[Recipe, ...] = (), pinned: tuple[Recipe, ...] = ()
    ) -> "Plan":
        return Plan(pulled, made, pinned)


def require_space(plan: Plan, work: Path, engine: Path) -> None:
    """Raises DiskFull, with the sizes needed and free, if the plan doesn't fit on the disks.

    `work` is the folder for temporary files, `engine` the engine's data folder (not checked if it isn't on this
    machine).
    """
    _require(engine, plan.image_bytes + (plan.work_bytes if _same_disk(work, engine) else 0), "the base images")
    _require(work, plan.work_bytes, "making stand-ins")


def _require(folder: Path, wanted: int, purpose: str) -> None:
    if not folder.exists():
        return
    free = shutil.disk_usage(folder).free
    if free < wanted:
        raise DiskFull(
            f"Not enough disk space in {folder} for {purpose}: {_size(wanted)} needed, {_size(free)} free.",
            "Free some disk space there, then run the same command again.",
        )


def _same_disk(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.stat().st_dev == other.stat().st_dev


def _names(recipes: Sequence[Recipe]) -> str:
    return " and ".join(recipe.reference for recipe in recipes)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _minutes(seconds: int) -> str:
    return f"{max(1, round(seconds / 60))} min"

"""What there is to pull or to make before the first build, reported before it starts."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.core.errors import DiskFull
from helpers.engine.image_source import normal

# The official image is built on buildpack-deps:<suite>-scm, which is built on debian:<suite>
# (github.com/docker-library/golang, github.com/docker-library/buildpack-deps).
_DEBIAN = ("netbase", "tzdata")
_CURL = ("ca-certificates", "curl", "gnupg", "wget")
_SCM = ("git", "mercurial", "openssh-client", "procps", "subversion")
_GOLANG = ("g++", "gcc", "libc6-dev", "make", "pkg-config")

PACKAGES = (*_DEBIAN, *_CURL, *_SCM, *_GOLANG)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one stand-in, and about what that costs (measured for amd64 with the packages of November 2026)."""

    reference: str  # of the official image that it replaces
    suite: str = ""  # Debian release; "": the image can only be pulled
    go: str = ""  # "1.19.13"
    packages: tuple[str, ...] = PACKAGES
    pinned: bool = False  # whether a Dockerfile of the course pins it by digest
    download_bytes: int = 0
    image_bytes: int = 0
    work_bytes: int = 0  # disk space in our cache folder while it is made; image_bytes of it stay
    seconds: int = 0  # on two cores
    pull_bytes: int = 0  # download size of the official image


RECIPES = (
    Recipe(
        "golang",
        "trixie",
        go="1.27.3",
        download_bytes=234_000_000,
        image_bytes=841_000_000,
        work_bytes=1_750_000_000,
        seconds=70,
        pull_bytes=300_000_000,
    ),
    Recipe(
        "golang:1.19-bullseye",
        "bullseye",
        go="1.19.13",
        pinned=True,
        download_bytes=298_000_000,
        image_bytes=973_000_000,
        work_bytes=1_850_000_000,
        seconds=90,
        pull_bytes=350_000_000,
    ),
)

REFERENCES = tuple(recipe.reference for recipe in RECIPES)


def recipe_of(reference: str) -> Recipe:
    """The recipe for that reference; one that can only be pulled if the course has none."""
    return next((recipe for recipe in RECIPES if normal(recipe.reference) == normal(reference)), Recipe(reference))


@dataclass(frozen=True, slots=True)
class Plan:
    """The missing base images, and what is done about each."""

    pulled: tuple[Recipe, ...] = ()
    made: tuple[Recipe, ...] = ()
    cached: tuple[Recipe, ...] = ()  # stand-ins that were made before, for whatever engine
    pinned: tuple[Recipe, ...] = ()  # stand-ins that get a digest
    renamed: tuple[Recipe, ...] = ()  # stand-ins of an earlier version, under official names
    why: str = ""  # why stand-ins are made instead of pulling

    @property
    def absent(self) -> tuple[Recipe, ...]:
        """The images that the engine lacks and that no registry has for it."""
        return (*self.made, *self.cached)

    @property
    def changes_stand_ins(self) -> bool:
        """Whether a stand-in is made, imported, renamed or pinned, which needs consent; pulling needs none."""
        return bool(self.absent or self.renamed or self.pinned)

    @property
    def download_bytes(self) -> int:
        """Bytes to download, approximately."""
        return sum(recipe.pull_bytes for recipe in self.pulled) + sum(recipe.download_bytes for recipe in self.made)

    @property
    def image_bytes(self) -> int:
        """Bytes of disk space that the images take on the engine, approximately."""
        return sum(recipe.image_bytes for recipe in (*self.pulled, *self.made, *self.cached))

    @property
    def engine_bytes(self) -> int:
        """Bytes of disk space that the engine needs for it: it has a layer's download until the layer is unpacked.

        A stand-in's layer isn't compressed, so it needs as much again.
        """
        stand_ins = sum(recipe.image_bytes for recipe in self.absent)
        return self.image_bytes + stand_ins + sum(recipe.pull_bytes for recipe in self.pulled)

    @property
    def work_bytes(self) -> int:
        """Bytes of disk space in our cache folder; all images are made at the same time, so they add up."""
        return sum(recipe.work_bytes for recipe in self.made)

    @property
    def seconds(self) -> int:
        """Seconds for making stand-ins on two cores, approximately; pulls depend on the network and are left out."""
        return max((recipe.seconds for recipe in self.made), default=0)  # at the same time

    def __str__(self) -> str:
        """The plan as sentences, shown before it starts; "" if there is nothing to do."""
        return " ".join(filter(None, (self._renames(), self._pulls(), self._makes(), self._imports(), self._pins())))

    def _renames(self) -> str:
        if not self.renamed:
            return ""
        return (
            f"Stand-ins under the official names {_names(self.renamed)}, which your own builds would use too, "
            "get names of their own."
        )

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
            f"space on the engine, as much again in the cache folder and {_size(part.work_bytes)} there while they are "
            f"made, {_minutes(part.seconds)})."
        )

    def _imports(self) -> str:
        if not self.cached:
            return ""
        reason = "" if self.made else f"{self.why} "
        size = _size(self._part(cached=self.cached).image_bytes)
        return f"{reason}Stand-ins to import from the cache folder: {_names(self.cached)} ({size})."

    def _pins(self) -> str:
        if not self.pinned:
            return ""
        return f"Stand-ins that get a digest to pin: {_names(self.pinned)}."

    def _part(
        self, pulled: tuple[Recipe, ...] = (), made: tuple[Recipe, ...] = (), cached: tuple[Recipe, ...] = ()
    ) -> "Plan":
        return Plan(pulled, made, cached)


def require_space(plan: Plan, work: Path, engine: Path | None) -> None:
    """Raises DiskFull, with the sizes needed and free, if the plan doesn't fit on the disks.

    `work` is the folder for temporary files, `engine` the data folder of an engine on this machine, if it is on this
    machine.
    """
    if engine:
        both = plan.work_bytes if _same_disk(work, engine) else 0
        _require(engine, plan.engine_bytes + both, "the base images")
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

"""What a stand-in is built from: the same Debian packages and Go release as the official image."""

from dataclasses import dataclass

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
    go: str = ""  # "1.19.13"; "": the newest release
    packages: tuple[str, ...] = PACKAGES
    pinned: bool = False  # whether a Dockerfile of the course pins it by digest
    download_bytes: int = 0
    image_bytes: int = 0
    work_bytes: int = 0  # temporary disk space in our cache folder
    seconds: int = 0  # on two cores
    digest_seconds: int = 0  # to compress it for the loopback registry
    pull_bytes: int = 0  # download size of the official image


RECIPES = (
    Recipe(
        "golang",
        "trixie",
        download_bytes=234_000_000,
        image_bytes=841_000_000,
        work_bytes=1_250_000_000,
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
        work_bytes=1_600_000_000,
        seconds=90,
        digest_seconds=30,
        pull_bytes=350_000_000,
    ),
)

REFERENCES = tuple(recipe.reference for recipe in RECIPES)


def recipe_of(reference: str) -> Recipe:
    """The recipe for that reference; one that can only be pulled if the course has none."""
    return next((recipe for recipe in RECIPES if recipe.reference == reference), Recipe(reference))

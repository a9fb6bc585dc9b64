"""What a stand-in is made of: the Debian packages and the Go that the official image is made of."""

from dataclasses import dataclass

# The official image stands on buildpack-deps:<suite>-scm, which stands on debian:<suite>
# (github.com/docker-library/golang, github.com/docker-library/buildpack-deps).
_DEBIAN = ("netbase", "tzdata")
_CURL = ("ca-certificates", "curl", "gnupg", "wget")
_SCM = ("git", "mercurial", "openssh-client", "procps", "subversion")
_GOLANG = ("g++", "gcc", "libc6-dev", "make", "pkg-config")

PACKAGES = (*_DEBIAN, *_CURL, *_SCM, *_GOLANG)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one stand-in, and what that costs, about (seen with the packages of November 2026 for amd64)."""

    reference: str  # the name it stands in for
    suite: str = ""  # Debian's release; "" is an image that we cannot make
    go: str = ""  # "1.19.13"; "" is the newest release
    packages: tuple[str, ...] = PACKAGES
    pinned: bool = False  # whether a Dockerfile of the course names it by digest
    download_bytes: int = 0
    image_bytes: int = 0
    work_bytes: int = 0  # on disk while it is made, in our cache folder
    seconds: int = 0  # on two cores
    digest_seconds: int = 0  # to compress it for the loopback registry
    pull_bytes: int = 0  # what a registry sends for the official image


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
    """The recipe for that reference; for one that is not of the course, a recipe that can only be pulled."""
    return next((recipe for recipe in RECIPES if recipe.reference == reference), Recipe(reference))

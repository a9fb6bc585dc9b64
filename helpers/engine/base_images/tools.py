"""The programs that a stand-in is made with: found on this machine, or installed by who may do that."""

import shutil
from collections.abc import Callable, Sequence

from helpers.engine.base_images.debian import KEYRING
from helpers.records.errors import BaseImageError

Install = Callable[[Sequence[str]], None]

_PACKAGE_OF = {"mmdebstrap": "mmdebstrap", "go": "golang-go", "unshare": "util-linux", "tar": "tar"}


def require(install: Install | None) -> None:
    """Returns where all that a stand-in needs is there, installed now where it was not and `install` is given.

    Raises BaseImageError, with the line to type, where something is missing all the same.
    """
    if not shutil.which("apt-get"):
        raise BaseImageError(
            "Stand-ins for the base images can only be made on Debian and Ubuntu.",
            "bring a registry into the engine's reach, then `docker pull` the base images",
        )
    if install and missing():
        install(missing())
    if packages := missing():
        raise BaseImageError(
            f"Making stand-ins needs the packages {', '.join(packages)}.",
            f"apt-get install --no-install-recommends {' '.join(packages)}",
        )


def missing() -> list[str]:
    """The packages whose programs or keys are not on this machine."""
    packages = [package for program, package in _PACKAGE_OF.items() if not shutil.which(program)]
    return packages if KEYRING.exists() else [*packages, "debian-archive-keyring"]

"""The programs needed to make a stand-in: found on this machine, or installed with the user's consent."""

import shutil
from collections.abc import Callable, Sequence

from helpers.engine.base_images.debian import KEYRING
from helpers.records.errors import BaseImageError

Install = Callable[[Sequence[str]], None]

_PACKAGE_OF = {"mmdebstrap": "mmdebstrap", "go": "golang-go", "unshare": "util-linux", "tar": "tar"}


def require(install: Install | None) -> None:
    """Installs the packages needed to make a stand-in that are missing, if `install` is given.

    Raises BaseImageError, with the command to run, if some are still missing.
    """
    if not shutil.which("apt-get"):
        raise BaseImageError(
            "Stand-ins for the base images can only be made on Debian and Ubuntu.",
            "Give the engine access to a registry, then run `docker pull` for the base images.",
        )
    if install and missing():
        install(missing())
    if packages := missing():
        raise BaseImageError(
            f"Stand-ins need packages that are missing: {', '.join(packages)}.",
            f"Install them: apt-get install --no-install-recommends {' '.join(packages)}",
        )


def missing() -> list[str]:
    """The packages whose programs or keys are missing on this machine."""
    packages = [package for program, package in _PACKAGE_OF.items() if not shutil.which(program)]
    return packages if KEYRING.exists() else [*packages, "debian-archive-keyring"]

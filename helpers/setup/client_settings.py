"""Passes the user's Docker client settings to the same command run as root: same engine, same registry logins."""

import os
import shutil
from pathlib import Path

from helpers.setup import address
from helpers.setup.errors import SetupError
from helpers.setup.folders import NOTES

_READ = ("config.json", "contexts", "cli-plugins")  # contexts has the TLS material too


def for_root() -> dict[str, str]:
    """Docker's environment variables with which a root process selects the same engine as the user's process.

    Raises SetupError if the selected context does not exist or the folder for root cannot be created.
    """
    variables = {"DOCKER_CONFIG": str(_folder_for_root())}
    if not os.environ.get("DOCKER_HOST"):
        variables["DOCKER_CONTEXT"] = address.context()  # set even if "default", or root's own settings would decide
    if os.environ.get("DOCKER_TLS_VERIFY") and not os.environ.get("DOCKER_CERT_PATH"):
        variables["DOCKER_CERT_PATH"] = str(Path.home() / ".docker")  # where the Docker SDK looks
    return variables


def _folder_for_root() -> Path:
    """A folder of links to the settings that root reads; root's `docker` then writes nothing into the user's folder."""
    folder = NOTES / "docker"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _READ:
            _link(folder / name, address.folder() / name)
    except OSError as error:
        raise SetupError(
            f"The Docker client's settings could not be passed to root: {error.strerror}: {error.filename}.",
            f"Check who owns {NOTES}: a run that was killed can leave files there that belong to root.",
        ) from error
    return folder


def _link(link: Path, target: Path) -> None:
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    if target.exists():
        link.symlink_to(target.resolve())
    elif link.name == "config.json":  # without one, the Docker SDK would read root's
        link.write_text("{}\n", encoding="utf-8")

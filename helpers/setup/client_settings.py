"""The Docker client's settings of this account, for the same command as root: same engine, same registry accounts."""

import os
import shutil
from pathlib import Path

from helpers.setup import address
from helpers.setup.errors import SetupError
from helpers.setup.folders import NOTES

_READ = ("config.json", "contexts", "cli-plugins")  # contexts has the TLS material too


def for_root() -> dict[str, str]:
    """The variables by which root's process means the engine that this account's does: Docker's own.

    Raises SetupError where a context is named that does not exist, or the folder for root cannot be made.
    """
    variables = {"DOCKER_CONFIG": str(_folder_for_root())}
    if not os.environ.get("DOCKER_HOST"):
        variables["DOCKER_CONTEXT"] = address.context()  # "default" too, or root's own settings would choose
    if os.environ.get("DOCKER_TLS_VERIFY") and not os.environ.get("DOCKER_CERT_PATH"):
        variables["DOCKER_CERT_PATH"] = str(Path.home() / ".docker")  # where the Docker SDK looks
    return variables


def _folder_for_root() -> Path:
    """Links to what is only read. In the account's own folder, root's `docker` would leave files that are root's."""
    folder = NOTES / "docker"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _READ:
            _link(folder / name, address.folder() / name)
    except OSError as error:
        raise SetupError(
            f"The Docker client's settings could not be handed to root: {error.strerror}: {error.filename}.",
            f"see to whom {NOTES} belongs: a killed run leaves files of root's there",
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

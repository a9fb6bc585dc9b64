"""The official Go, fetched as the module golang.org/toolchain by whatever Go client this machine has."""

import json
import os
import re
import subprocess
from pathlib import Path

from helpers.records.errors import BaseImageError

_MODULE = "golang.org/toolchain"
_SECONDS = 600  # for the download of 150 MB


def newest(architecture: str, folder: Path) -> str:
    """The newest released Go that the module has for Linux on that architecture, "1.26.8"."""
    answer = _go(folder, "list", "-m", "-versions", _MODULE)
    return newest_of(answer.split(), architecture)


def newest_of(versions: list[str], architecture: str) -> str:
    """The highest release among the module's versions; betas and release candidates are none.

    Raises BaseImageError where there is none for the architecture.
    """
    form = re.compile(rf"v0\.0\.1-go(\d+(?:\.\d+)*)\.linux-{re.escape(architecture)}")
    releases = [match[1] for version in versions if (match := form.fullmatch(version))]
    if not releases:
        raise BaseImageError(f"The module {_MODULE} has no release for linux/{architecture}.")
    return max(releases, key=lambda release: [int(part) for part in release.split(".")])


def download(version: str, architecture: str, folder: Path) -> Path:
    """The folder of that Go's files, under `folder`; Go has compared their sum with the checksum database.

    Raises BaseImageError where it cannot be fetched, or where this machine has the checksum database switched off.
    """
    if _go(folder, "env", "GOSUMDB").strip() == "off":
        raise BaseImageError(
            "The checksum database is switched off for Go on this machine, so the toolchain cannot be verified.",
            "unset GOSUMDB for this run",
        )
    answer = _go(folder, "mod", "download", "-json", f"{_MODULE}@v0.0.1-go{version}.linux-{architecture}")
    return Path(json.loads(answer)["Dir"])


def _go(folder: Path, *arguments: str) -> str:
    """The output of the Go client, its module cache in `folder`, the machine's settings otherwise."""
    environment = os.environ | {"GOMODCACHE": str(folder), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    try:
        done = subprocess.run(
            ["go", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise _refused(arguments, error.stderr or error.stdout) from error
    except subprocess.TimeoutExpired as error:
        raise _refused(arguments, f"no end after {_SECONDS} s") from error
    return done.stdout


def _refused(arguments: tuple[str, ...], said: str) -> BaseImageError:
    last = said.strip().splitlines()[-1:] or ["nothing"]
    return BaseImageError(
        f"`go {' '.join(arguments)}` failed: {last[0]}", "`go env GOPROXY GOSUMDB` says where Go fetches modules from"
    )

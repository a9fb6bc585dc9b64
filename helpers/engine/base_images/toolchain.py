"""The official Go toolchain, downloaded as the module golang.org/toolchain by this machine's `go` command."""

import json
import os
import re
import subprocess
from pathlib import Path

from helpers.records.errors import BaseImageError

_MODULE = "golang.org/toolchain"
_SECONDS = 600  # for the download of 150 MB


def newest(architecture: str, folder: Path) -> str:
    """The newest Go release, such as "1.26.8", that the module has for Linux on that architecture."""
    answer = _go(folder, "list", "-m", "-versions", _MODULE)
    return newest_of(answer.split(), architecture)


def newest_of(versions: list[str], architecture: str) -> str:
    """The highest release among the module's versions, without betas and release candidates.

    Raises BaseImageError if there is none for the architecture.
    """
    form = re.compile(rf"v0\.0\.1-go(\d+(?:\.\d+)*)\.linux-{re.escape(architecture)}")
    releases = [match[1] for version in versions if (match := form.fullmatch(version))]
    if not releases:
        raise BaseImageError(f"The module {_MODULE} has no release for linux/{architecture}.")
    return max(releases, key=lambda release: [int(part) for part in release.split(".")])


def download(version: str, architecture: str, folder: Path) -> Path:
    """The toolchain's folder under `folder`, verified by `go` against the checksum database.

    Raises BaseImageError if the download fails, or if this machine has the checksum database turned off.
    """
    if _go(folder, "env", "GOSUMDB").strip() == "off":
        raise BaseImageError(
            "The Go toolchain can't be verified: the checksum database is turned off on this machine (GOSUMDB=off).",
            "Unset GOSUMDB for this run: `go env -u GOSUMDB`, and `unset GOSUMDB` if your shell sets it.",
        )
    answer = _go(folder, "mod", "download", "-json", f"{_MODULE}@v0.0.1-go{version}.linux-{architecture}")
    return Path(json.loads(answer)["Dir"])


def _go(folder: Path, *arguments: str) -> str:
    """The output of the `go` command, with its module cache in `folder` and otherwise the machine's settings."""
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
        raise _failed(arguments, error.stderr or error.stdout) from error
    except subprocess.TimeoutExpired as error:
        raise _failed(arguments, f"it did not finish within {_SECONDS} s.") from error
    return done.stdout


def _failed(arguments: tuple[str, ...], said: str) -> BaseImageError:
    last = said.strip().splitlines()[-1:] or ["it printed nothing."]
    return BaseImageError(
        f"`go {' '.join(arguments)}` failed: {last[0]}",
        "Check that Go can reach its module proxy and checksum database: `go env GOPROXY GOSUMDB`",
    )

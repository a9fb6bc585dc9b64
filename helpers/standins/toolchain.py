"""The official Go toolchain: downloaded as a module, and written over Debian's root file system."""

import json
import os
import re
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from helpers.core.errors import BaseImageError

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


# Where distributions keep the CA bundle (Debian and Ubuntu first).
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")
_EXECUTABLES = ("usr/local/go/bin/", "usr/local/go/pkg/tool/")  # a module's zip has no execute bits


def write(path: Path, toolchain: Path, certificates: bytes) -> None:
    """Writes a tar that, unpacked over a Debian root, makes it the root of a Go image."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.add(toolchain, "usr/local/go", filter=_as_official)
        for folder in ("go", "go/bin", "go/src"):
            tar.addfile(_entry(folder, 0o1777, tarfile.DIRTYPE))
        for name in (
            "etc/hostname",
            "etc/resolv.conf",
        ):  # emptied: mmdebstrap copied this machine's
            tar.addfile(_entry(name, 0o644))
        if certificates:
            tar.addfile(
                _entry("etc/ssl/certs/ca-certificates.crt", 0o644, size=len(certificates)), BytesIO(certificates)
            )


def certificates() -> bytes:
    """This machine's CA bundle, since builds go through the same proxies; b"" if there is none."""
    for name in CERTIFICATES:
        if (path := Path(name)).is_file():
            return path.read_bytes()
    return b""


def _as_official(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member as in the official image: owned by root, with execute bits on programs."""
    member.mode = 0o755 if member.isdir() or member.name.startswith(_EXECUTABLES) else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _entry(name: str, mode: int, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.type, entry.size = mode, kind, size
    return entry

"""The official Go toolchain: downloaded as a module's zip, written into a layer, and verified by its checksum."""

import base64
import hashlib
import json
import os
import posixpath
import subprocess
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path, PurePosixPath

from helpers.core.errors import BaseImageError

_MODULE = "golang.org/toolchain"
SILENT_SECONDS = 300.0  # without another byte, after which a download is stopped
_POLL_SECONDS = 0.5

# What `go mod download -json` prints as "Sum" after it has asked the checksum database: Go's own hash of a module
# (golang.org/x/mod/sumdb/dirhash, Hash1). Go 1.19, which Debian 12 has, skips the database for some settings.
SUMS = {
    ("1.19.13", "amd64"): "h1:+OmeJh7XWeMq4xTkHYEhIziJY/ifiVi4gcm2BWaUnyk=",
    ("1.27.3", "amd64"): "h1:r0ub+FnqzZxoWm/dSUOI9DcIqYWn/mNYGFJcv7PyBzs=",
    ("1.27.3", "arm64"): "h1:VY4gDzfxOrsM17J2qtgZgiAIsWhp7XWK1jMfE3kXV0s=",
}
# For a toolchain without a committed sum: settings with which every Go asks the database, whatever the machine says.
_ASK_DATABASE = {"GOSUMDB": "sum.golang.org", "GONOSUMDB": "none.invalid", "GOPRIVATE": "none.invalid"}


def download(version: str, architecture: str, folder: Path, on_bytes: Callable[[int], object]) -> Path:
    """The toolchain's zip under `folder`, an empty folder. Its content is verified by `verify`, not here.

    `on_bytes` gets the number of bytes so far, again and again. Raises BaseImageError if the download fails.
    """
    module = f"{_MODULE}@v0.0.1-go{version}.linux-{architecture}"
    (folder / module).mkdir(parents=True)  # `go` doesn't unpack a zip whose folder exists, and only the zip is needed
    settings = {} if (version, architecture) in SUMS else _ASK_DATABASE
    answer = _go(folder, ["mod", "download", "-json", module], settings, on_bytes)
    return Path(json.loads(answer)["Zip"])


def verify(version: str, architecture: str, checksum: str) -> None:
    """Compares the checksum that `write` returned with the committed one, if there is one for this toolchain.

    Raises BaseImageError if they differ.
    """
    expected = SUMS.get((version, architecture), checksum)
    if checksum != expected:
        raise BaseImageError(
            f"The Go toolchain {version} for linux/{architecture} is not the official one: the module proxy sent a "
            f"zip with the checksum {checksum}, and the course expects {expected}. Nothing of it was kept.",
            "Check which module proxy this machine uses: `go env GOPROXY`. Then run the same command again.",
        )


def _go(folder: Path, arguments: list[str], settings: dict[str, str], on_bytes: Callable[[int], object]) -> str:
    """The output of the `go` command, with its module cache in `folder` and otherwise the machine's settings."""
    own = {"GOMODCACHE": str(folder), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    with subprocess.Popen(
        ["go", *arguments],
        cwd=folder,
        env=os.environ | own | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            output, errors = _communicate(process, folder, on_bytes)
        except subprocess.TimeoutExpired as error:
            raise _failed(arguments, f"it downloaded nothing for {SILENT_SECONDS:g} s.") from error
        finally:
            process.kill()
    if process.returncode != 0:
        raise _failed(arguments, errors.strip() or output)
    return output


def _communicate(process: "subprocess.Popen[str]", folder: Path, on_bytes: Callable[[int], object]) -> tuple[str, str]:
    """The process's output and errors; reports the bytes downloaded so far while it runs.

    Raises subprocess.TimeoutExpired if their number doesn't change for SILENT_SECONDS.
    """
    before, changed = 0, time.monotonic()
    while time.monotonic() - changed < SILENT_SECONDS:
        try:
            return process.communicate(timeout=_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            on_bytes(count := _downloaded(folder))
        if count != before:
            before, changed = count, time.monotonic()
    raise subprocess.TimeoutExpired(process.args, SILENT_SECONDS)


def _downloaded(folder: Path) -> int:
    """Bytes of zips in the module cache, with those that are still being written."""
    total = 0
    for path in folder.rglob("*.zip*"):
        with suppress(FileNotFoundError):  # renamed in the meantime
            total += path.stat().st_size
    return total


def _failed(arguments: list[str], said: str) -> BaseImageError:
    return BaseImageError(
        f"`go {' '.join(arguments)}` failed: {_reason(said)}",
        "Check that Go can reach its module proxy and checksum database: `go env GOPROXY GOSUMDB`",
    )


def _reason(said: str) -> str:
    """The error in what `go mod download -json` printed; its last line if that isn't JSON."""
    try:
        return str(json.loads(said)["Error"])
    except (ValueError, LookupError):
        return (said.strip().splitlines() or ["it printed nothing."])[-1]


_ROOT = "usr/local/go"
_EXECUTABLES = ("bin/", "pkg/tool/")  # a module's zip has no execute bits


def write(tar: tarfile.TarFile, toolchain: Path, made: float) -> str:
    """Adds the zip's files to the tar as /usr/local/go, and returns the checksum of what was added, "h1:…".

    `made` is the files' modification time. Raises BaseImageError if the zip is damaged, OSError if the disk is full.
    """
    try:
        with zipfile.ZipFile(toolchain) as archive:
            _require_plain_names(archive.namelist())
            return _checksum(dict(_copied(tar, archive, made)))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise BaseImageError(
            f"The Go toolchain can't be unpacked: {toolchain.name} is damaged ({error}).",
            "Run the same command again to download it again.",
        ) from error


def _require_plain_names(names: list[str]) -> None:
    """Raises zipfile.BadZipFile for names that could give two different sets of files the same checksum."""
    if len({*names}) != len(names) or any("\n" in name for name in names):
        raise zipfile.BadZipFile("a file name has a line break or occurs twice")


def _copied(tar: tarfile.TarFile, archive: zipfile.ZipFile, made: float) -> Iterator[tuple[str, str]]:
    """Each file's name in the zip and the SHA-256 of its content, after it was added to the tar."""
    folders = set[str]()
    for item in archive.infolist():
        content = archive.read(item)
        name = _below_root(item.filename)
        for folder in _new_folders(name, folders):
            tar.addfile(entry(posixpath.join(_ROOT, folder).rstrip("/"), 0o755, tarfile.DIRTYPE, made=made))
        mode = 0o755 if name.startswith(_EXECUTABLES) else 0o644
        tar.addfile(entry(posixpath.join(_ROOT, name), mode, size=len(content), made=made), BytesIO(content))
        yield item.filename, hashlib.sha256(content).hexdigest()


def _below_root(name: str) -> str:
    """The name below the module's own folder: "bin/go" for "golang.org/toolchain@v0.0.1-go…/bin/go"."""
    return "/".join(PurePosixPath(name).parts[2:])


def _new_folders(name: str, known: set[str]) -> list[str]:
    """The folders above a file that aren't known yet, outermost first; they are known from now on."""
    above = (str(folder).removeprefix(".") for folder in PurePosixPath(name).parents)  # the last one is "."
    new = [folder for folder in above if folder not in known]
    known.update(new)
    return new[::-1]


def _checksum(files: dict[str, str]) -> str:
    """Go's hash of a module's files: of a line "SHA-256  name" for each, in the order of their names."""
    lines = "".join(f"{files[name]}  {name}\n" for name in sorted(files))
    return "h1:" + base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()


# Where distributions keep the CA bundle (Debian and Ubuntu first).
CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


def write_settings(path: Path, certificates: bytes) -> None:
    """Writes a tar to unpack over Debian's root: Go's work folder, this machine's CA bundle, and none of its names."""
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for folder in ("go", "go/bin", "go/src"):
            tar.addfile(entry(folder, 0o1777, tarfile.DIRTYPE))
        for name in ("etc/hostname", "etc/resolv.conf"):  # emptied: mmdebstrap copied this machine's
            tar.addfile(entry(name, 0o644))
        if certificates:
            bundle = entry("etc/ssl/certs/ca-certificates.crt", 0o644, size=len(certificates))
            tar.addfile(bundle, BytesIO(certificates))


def certificates() -> bytes:
    """This machine's CA bundle, since builds go through the same proxies; b"" if there is none."""
    for name in CERTIFICATES:
        if (path := Path(name)).is_file():
            return path.read_bytes()
    return b""


def entry(name: str, mode: int, kind: bytes = tarfile.REGTYPE, size: int = 0, made: float = 0) -> tarfile.TarInfo:
    """A member of a tar that belongs to root."""
    member = tarfile.TarInfo(name)
    member.mode, member.type, member.size, member.mtime = mode, kind, size, int(made)
    member.uname = member.gname = "root"
    return member

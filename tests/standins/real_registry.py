"""A real registry, which images can be pushed to: Debian's package of CNCF Distribution, unpacked for the tests."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import ProxyHandler, build_opener
from uuid import uuid4

PROGRAM = "docker-registry"
SECONDS = 15.0
APT_SECONDS = 600.0  # per apt command; apt has its own limits per connection
_CONFIGURATION = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: "{folder}/data"}}}}
http: {{addr: "{address}", secret: "{secret}"}}
"""


def program(folder: Path) -> Path:
    """The path of the registry's program: the installed one, else unpacked from its package into `folder`.

    The package isn't installed, because it would start a permanent service.
    """
    if installed := shutil.which(PROGRAM):
        return Path(installed)
    try:
        _run(["apt-get", "download", PROGRAM], folder)
    except subprocess.CalledProcessError:
        _run(["apt-get", "update"], folder)
        _run(["apt-get", "download", PROGRAM], folder)
    _run(["dpkg-deb", "--extract", str(next(folder.glob(f"{PROGRAM}_*.deb"))), str(folder)], folder)
    return folder / "usr/bin" / PROGRAM


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    """The address "127.0.0.1:PORT" of a registry that stores its images in `folder` and stops after the block."""
    address = f"127.0.0.1:{_free_port()}"
    configuration = folder / "registry.yml"
    configuration.write_text(_CONFIGURATION.format(folder=folder, address=address, secret=uuid4().hex))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(process, address)
            yield address
        finally:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str) -> None:
    limit = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < limit:
        if _answers(address):
            return
        time.sleep(0.02)
    raise AssertionError(f"the registry does not answer at {address}")


def _answers(address: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"http://{address}/v2/", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=APT_SECONDS)

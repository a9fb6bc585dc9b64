"""A temporary registry on this machine's loopback address, which gives a stand-in a digest."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

import docker

from helpers.core.errors import BaseImageError
from helpers.engine.failures import explained
from helpers.engine.image_scan import saved_image
from helpers.engine.image_scan.saved_image import Cache
from helpers.engine.image_source import LOOPBACK, split
from helpers.engine.pull import Layers, OnProgress, events, registry_error

PROGRAM = "docker-registry"  # Debian's and Ubuntu's package of CNCF Distribution
SECONDS = 15.0
APT_SECONDS = 600.0  # per apt command; apt has its own limits per connection
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)
_CONFIGURATION = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: "{folder}/data"}}}}
http: {{addr: "{address}", secret: "{secret}"}}
"""


def program(folder: Path) -> Path:
    """The path of the registry's program: the installed one, else unpacked from its package into `folder`.

    The package isn't installed, because it would start a permanent service. Raises BaseImageError if the package can't
    be downloaded.
    """
    if installed := shutil.which(PROGRAM):
        return Path(installed)
    try:
        _download(folder)
        _run(["dpkg-deb", "--extract", str(next(folder.glob(f"{PROGRAM}_*.deb"))), str(folder)], folder)
    except (OSError, StopIteration, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        raise BaseImageError(
            f"The package {PROGRAM} could not be downloaded: {said.strip()}",
            "Check your network connection and apt sources, then run `apt-get update`.",
        ) from error
    return folder / "usr/bin" / PROGRAM


@contextmanager
def serving(program: Path, folder: Path) -> Iterator[str]:
    """The address "127.0.0.1:PORT" of a registry that stores its images in `folder` and stops after the block."""
    address = f"{LOOPBACK}{_free_port()}"
    configuration = folder / "registry.yml"
    configuration.write_text(_CONFIGURATION.format(folder=folder, address=address, secret=uuid4().hex))
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "serve", configuration], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        try:
            _wait(process, address, folder / "registry.log")
            yield address
        finally:
            _stop(process)


def give_digest(
    client: docker.DockerClient, reference: str, address: str, on_progress: OnProgress, cache: Cache
) -> str:
    """The image's digest reference, "127.0.0.1:PORT/golang@sha256:…", after a push to the registry at `address`.

    Saves the layers' compressed sizes in `cache`, since only the registry knows them. The digest still works when the
    registry is gone, because the engine has the image under it. Raises BaseImageError if the engine can't reach the
    registry.
    """
    repository, tag = split(reference)
    there = f"{address}/{repository.rsplit('/', 1)[-1]}"
    with explained():
        client.api.tag(reference, there, tag)
        try:
            _push(client, there, tag, on_progress)
            digest = _digest(client, there, tag)
            saved_image.remember(cache, _layers(client, digest))
            _pull(client, digest)
        except BaseException:
            client.api.remove_image(f"{there}:{tag}")
            raise
    return digest


def _digest(client: docker.DockerClient, repository: str, tag: str) -> str:
    """The digest reference that the engine recorded for that repository when it pushed the image."""
    known = client.images.get(f"{repository}:{tag}").attrs["RepoDigests"]
    return str(next(name for name in known if name.startswith(f"{repository}@")))


def _layers(client: docker.DockerClient, digest: str) -> list[tuple[str, int]]:
    """The layers' diff IDs and compressed bytes from the registry's manifest; empty if it can't be read."""
    address, _, rest = digest.partition("/")
    repository, _, name = rest.partition("@")
    request = Request(f"http://{address}/v2/{repository}/manifests/{name}", headers={"Accept": ", ".join(_MANIFESTS)})
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=SECONDS) as answer:
            manifest: dict[str, Any] = json.load(answer)
    except OSError:  # the digest matters; the sizes are optional
        return []
    return saved_image.of_manifest(manifest, client.images.get(digest).attrs["RootFS"]["Layers"])


def _push(client: docker.DockerClient, repository: str, tag: str, on_progress: OnProgress) -> None:
    layers = Layers(f"{repository}:{tag}: pushing to get a digest")
    for event in client.api.push(repository, tag, stream=True, decode=True):
        if "error" in event:
            raise registry_error(f"{repository}:{tag}", str(event["error"]))
        on_progress(layers.read(event))


def _pull(client: docker.DockerClient, digest: str) -> None:
    """Pulls by digest; every layer is there already. The SDK's own call would wait forever for a silent registry."""
    for event in events(client, digest):
        if "error" in event:
            raise registry_error(digest, str(event["error"]))


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    limit = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < limit:
        if _answers(address):
            return
        time.sleep(0.02)
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it printed nothing."]
    raise BaseImageError(f"The temporary registry does not answer at {address}: {last[0]}")


def _answers(address: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(f"http://{address}/v2/", timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _download(folder: Path) -> None:
    """Downloads the package into `folder`; updates the package lists first if they are missing or too old."""
    try:
        _run(["apt-get", "download", PROGRAM], folder)
    except subprocess.CalledProcessError:
        _run(["apt-get", "update"], folder)
        _run(["apt-get", "download", PROGRAM], folder)


def _run(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=APT_SECONDS)

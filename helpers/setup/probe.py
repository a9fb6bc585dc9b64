"""A probe of at most two seconds: how fast this machine's processor, disk and network are now."""

import base64
import contextlib
import hashlib
import os
import ssl
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import unquote, urlsplit, urlunsplit

from helpers.setup import pip_settings

_THREADS = 2  # the cores of the reference's machine: builds are sequential for most of their time
_CPU_SECONDS, _DISK_SECONDS, NETWORK_SECONDS = 0.3, 0.5, 1.0
_DISK_BYTES, _WRITTEN_AT_ONCE = 32_000_000, 4_000_000
_NETWORK_BYTES, _READ_AT_ONCE = 8_000_000, 65_536
_ENOUGH_BYTES = 200_000  # the time of less than that is mostly the connection's and the server's
_PAGE = "uv"  # the package whose page of the index is fetched: it is the first that an installation needs
_INDEX = "https://pypi.org/simple"  # pip's default
_REGISTRY = "https://registry-1.docker.io/v2/"  # the engine's default; it refuses a request without a login
_SERVER_ERROR = 500
Value = TypeVar("Value")


@dataclass(frozen=True)
class Speed:
    """How fast this machine is, in bytes per second."""

    cpu: float  # compressed by two cores
    disk: float | None  # written; None: nothing could be written
    network: float | None = None  # fetched from the package index; None: not probed, or it didn't answer in time
    registry: bool = False  # whether Docker Hub answers this process; the engine may have other proxies and mirrors


def measure(folder: Path, fetches: bool, images: bool = False) -> Speed:
    """The speed of this machine and of the disk of `folder`.

    The network is asked only if something is to be fetched, and Docker Hub only if images are.
    """
    network = _Asked(lambda: _fetch(os.environ)) if fetches else None  # beside the others: it mostly waits
    registry = _Asked(lambda: answers(_REGISTRY, os.environ)) if images else None
    measured = Speed(cpu(), disk(folder))
    end = time.monotonic() + NETWORK_SECONDS
    return replace(
        measured,
        network=network.answer(end) if network else None,
        registry=bool(registry and registry.answer(end)),
    )


class _Asked(Generic[Value]):
    """A question that a thread asks; one that fails, or isn't answered in time, has no answer."""

    def __init__(self, question: Callable[[], Value]) -> None:
        self._answers: list[Value] = []
        self._thread = threading.Thread(target=self._ask, args=(question,), daemon=True)
        self._thread.start()

    def _ask(self, question: Callable[[], Value]) -> None:
        # also an address that can't be one, or an answer that breaks off: the installation says it, with a hint
        with contextlib.suppress(OSError, ValueError, HTTPException):
            self._answers.append(question())

    def answer(self, end: float) -> Value | None:
        """The answer, None if there is none at that reading of `time.monotonic()`."""
        self._thread.join(max(end - time.monotonic(), 0.0))
        return self._answers[0] if self._answers else None


def cpu(seconds: float = _CPU_SECONDS) -> float:
    """Bytes per second that two threads compress together, or one on a single core."""
    content = b"".join(hashlib.sha256(number.to_bytes(2)).hexdigest().encode() for number in range(4096))
    threads = min(_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: _compressed(content, seconds), range(threads)))


def _compressed(content: bytes, seconds: float) -> float:
    started, count = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        zlib.compress(content)
        count += len(content)
    return count / (time.perf_counter() - started)


def disk(folder: Path, seconds: float = _DISK_SECONDS) -> float | None:
    """Bytes per second written to the disk of the folder, each piece until the disk has it.

    None if nothing can be written there: it's read-only or full.
    """
    piece, started, count = os.urandom(_WRITTEN_AT_ONCE), time.perf_counter(), 0
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            while count < _DISK_BYTES and time.perf_counter() - started < seconds:
                count += file.write(piece)
                os.fsync(file.fileno())
    except OSError:
        return None
    return count / (time.perf_counter() - started)


def _fetch(variables: Mapping[str, str]) -> float | None:
    """The speed of the package index; None if pip is told to use none, such as in favor of a folder of wheels."""
    if pip_settings.is_on(pip_setting("no-index", variables)):
        return None
    address = pip_setting("index-url", variables) or _INDEX
    return network(f"{address.rstrip('/')}/{_PAGE}/", variables)


def pip_setting(name: str, variables: Mapping[str, str]) -> str:
    """The value in pip's variable, else in its configuration files, of which the last one counts; "" if there is none.

    The files are read here, since pip would take longer to start than the probe may take.
    """
    from configparser import ConfigParser, Error

    files = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf", os.environ.get("PIP_CONFIG_FILE", ""))
    parser = ConfigParser(interpolation=None)
    with contextlib.suppress(Error, ValueError):  # ValueError: it isn't text
        parser.read(Path(file).expanduser() for file in files if file)
    variable = variables.get(f"PIP_{name.upper().replace('-', '_')}", "")
    return variable or parser.get("global", name, fallback="").strip()


def network(address: str, variables: Mapping[str, str], seconds: float = NETWORK_SECONDS) -> float | None:
    """Bytes per second fetched from the address, at most for that long; the system's proxies are used.

    None if the answer is too short to tell. Raises OSError, ValueError or HTTPException if it can't be fetched.
    """
    with urllib.request.urlopen(_request(address), timeout=seconds, context=_trusting(variables)) as answer:
        started, count = time.perf_counter(), 0
        while time.perf_counter() - started < seconds and count < _NETWORK_BYTES:
            piece = answer.read1(_READ_AT_ONCE)
            if not piece:
                return count / (time.perf_counter() - started) if count >= _ENOUGH_BYTES else None
            count += len(piece)
        return count / (time.perf_counter() - started)


def _request(address: str) -> urllib.request.Request:
    """A request for the address, with the user name and password in it sent as a header, but not after a redirect."""
    parts = urlsplit(address)
    login, _, host = parts.netloc.rpartition("@")
    request = urllib.request.Request(urlunsplit(parts._replace(netloc=host)))
    if login:
        encoded = base64.b64encode(unquote(login).encode()).decode()
        request.add_unredirected_header("Authorization", f"Basic {encoded}")
    return request


def _trusting(variables: Mapping[str, str]) -> ssl.SSLContext:
    authorities = next(filter(None, map(variables.get, ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"))), None)
    if authorities and Path(authorities).is_dir():
        return ssl.create_default_context(capath=authorities)
    return ssl.create_default_context(cafile=authorities)


def answers(address: str, variables: Mapping[str, str], seconds: float = NETWORK_SECONDS) -> bool:
    """Whether something answers at the address, if only with a refusal."""
    try:
        urllib.request.urlopen(_request(address), timeout=seconds, context=_trusting(variables)).close()
    except urllib.error.HTTPError as error:
        return error.code < _SERVER_ERROR
    except (OSError, ValueError):
        return False
    return True

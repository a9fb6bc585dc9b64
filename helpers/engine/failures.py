"""Translates errors of the SDK, the HTTP library and the engine into the course's own errors."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound

from helpers.core.errors import ContainerError, DiskFull, EngineError, EngineStopped, WorkbookError


@dataclass(frozen=True)
class _Kind:
    """The messages of one kind of failure, and the error that explains them."""

    pattern: re.Pattern[str]
    type: type[WorkbookError]
    sentence: str
    hint: str

    def error(self, message: str) -> WorkbookError:
        """The error, with the engine's message."""
        return self.type(f"{self.sentence}: {message}", self.hint)


_STOPPED = _Kind(
    re.compile(r"shutting down|containerd\.sock|transport is closing|ttrpc: closed", re.IGNORECASE),
    EngineStopped,
    "The engine stopped responding",
    "Start it again, then rerun the cell. `python3 -m helpers doctor` shows which engine it reaches.",
)
_KNOWN = (
    _Kind(
        re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE),
        DiskFull,
        "No space left",
        "Run `docker system df` to see what uses it. Nothing was removed.",
    ),
    _STOPPED,
    _Kind(
        re.compile(r"port is already allocated|address already in use|ports are not available", re.IGNORECASE),
        ContainerError,
        "The port is already in use",
        "Run it again: the engine picks another port.",
    ),
    _Kind(
        re.compile(r"cannot assign requested address", re.IGNORECASE),
        ContainerError,
        "The engine can't publish a port on an address that this machine reaches",
        "Run the workbook on the machine that runs the engine.",
    ),
    _Kind(
        re.compile(r"unable to find (?:user|group)", re.IGNORECASE),
        ContainerError,
        "The container could not be started",
        "Add the user that USER names to the image's /etc/passwd (a group to /etc/group), or use a numeric ID.",
    ),
    _Kind(
        re.compile(r"no command specified", re.IGNORECASE),
        ContainerError,
        "The container could not be started",
        "Add CMD or ENTRYPOINT: the image doesn't say which program to start.",
    ),
    _Kind(
        re.compile(r"unable to start container process|starting container process caused", re.IGNORECASE),
        ContainerError,
        "The container could not be started",
        "Check that the image contains the program that CMD or ENTRYPOINT names, and that it is executable. "
        "The shell form needs /bin/sh.",
    ),
)

_TIMEOUTS = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_DISCONNECTS = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.ProtocolError,
    ConnectionError,
)
_TIMED_OUT_READING = "read timed out"  # requests reports a read timeout in a stream as a lost connection


def explain(error: BaseException) -> WorkbookError:
    """The course's error, with a hint, for an error of the engine or its client. A WorkbookError stays unchanged."""
    if isinstance(error, WorkbookError):
        return error
    if isinstance(error, ImageNotFound):
        return WorkbookError(f"The engine has no such image: {_explanation(error)}.", "Build its section first.")
    if isinstance(error, APIError) or _is_disk_full(error):
        return explain_message(_explanation(error))
    if isinstance(error, _TIMEOUTS) or _TIMED_OUT_READING in str(error).lower():
        return EngineError(f"The engine did not respond in time: {error}", "Check whether the machine is busy.")
    if isinstance(error, _DISCONNECTS):
        return _STOPPED.error(str(error))
    return _known(str(error)) or WorkbookError(f"{type(error).__name__}: {error}")


def explain_message(message: str) -> WorkbookError:
    """The same for an error message in the engine's response or in a build's stream."""
    return _known(message) or EngineError(f"The engine reported an error: {message}")


@contextmanager
def explained() -> Iterator[None]:
    """Raises the SDK's errors in the block as WorkbookErrors, with the original as the cause."""
    try:
        yield
    except (DockerException, requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise explain(error) from error


def _known(message: str) -> WorkbookError | None:
    return next((kind.error(message) for kind in _KNOWN if kind.pattern.search(message)), None)


def _is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _explanation(error: BaseException) -> str:
    return str(getattr(error, "explanation", None) or error)

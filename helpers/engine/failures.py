"""What the SDK, the HTTP library and the engine call an error, in the course's own words."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound

from helpers.records.errors import ContainerError, DiskFull, EngineError, EngineStopped, WorkbookError

_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE)
_STOPPING = re.compile(r"shutting down|containerd\.sock|transport is closing|ttrpc: closed", re.IGNORECASE)
_NO_PORT = re.compile(r"port is already allocated|address already in use|ports are not available", re.IGNORECASE)
_NO_ADDRESS = re.compile(r"cannot assign requested address", re.IGNORECASE)
_NO_START = re.compile(r"unable to start container process|starting container process caused", re.IGNORECASE)
_NO_USER = re.compile(r"unable to find (?:user|group)", re.IGNORECASE)

_SILENT = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
_GONE = (
    requests.exceptions.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.ProtocolError,
    ConnectionError,
)
_TIMED_OUT_READING = "read timed out"  # requests calls a silent stream a lost connection


def explain(error: BaseException) -> WorkbookError:
    """What went wrong between us and the engine, and what mends it; an error of ours stays as it is."""
    if isinstance(error, WorkbookError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return explain_message(str(error))
    if isinstance(error, ImageNotFound):
        return WorkbookError(f"The engine has no such image: {_words(error)}.", "Build its section first.")
    if isinstance(error, APIError):
        return explain_message(_words(error))
    if isinstance(error, _SILENT) or _TIMED_OUT_READING in str(error).lower():
        return EngineError(f"The engine is there and gave no answer in time: {error}", "Is the machine very busy?")
    if isinstance(error, _GONE):
        return _stopped(str(error))
    return _known(str(error)) or WorkbookError(f"{type(error).__name__}: {error}")


def explain_message(message: str) -> WorkbookError:
    """The same for an error that arrives as text: in the engine's answer, or in the stream of a build."""
    return _known(message) or EngineError(f"The engine refused: {message}")


@contextmanager
def explained() -> Iterator[None]:
    """Whatever the SDK raises inside comes out as an error of ours, with the original as its cause."""
    try:
        yield
    except (DockerException, requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise explain(error) from error


def _known(message: str) -> WorkbookError | None:
    if _DISK_FULL.search(message):
        return DiskFull(f"No space left: {message}", "`docker system df` says what takes it; nothing was removed.")
    if _STOPPING.search(message):
        return _stopped(message)
    if _NO_PORT.search(message):
        return ContainerError(f"The port is taken: {message}", "Run it again: the engine chooses another one.")
    if _NO_ADDRESS.search(message):
        return ContainerError(
            f"The engine cannot publish a port where this machine would reach it: {message}",
            "Run the workbook on the machine that runs the engine.",
        )
    if _NO_USER.search(message):
        return ContainerError(
            f"The container could not be started: {message}",
            "A name in USER must be in the image's own /etc/passwd (a group's in /etc/group); a number needs no file.",
        )
    if _NO_START.search(message):
        return ContainerError(
            f"The container could not be started: {message}",
            "Does the image hold the program that CMD or ENTRYPOINT names, executable? The shell form needs /bin/sh.",
        )
    return None


def _stopped(detail: str) -> EngineStopped:
    return EngineStopped(
        f"The engine answered before and does not any more: {detail}",
        "Start it again, then repeat the cell; `python3 -m helpers doctor` says what it reached.",
    )


def _words(error: APIError) -> str:
    return str(error.explanation or error)

"""Errors of the SDK, of HTTP and of the engine as the course's errors."""

import errno

import pytest
import requests
import urllib3
from docker.errors import APIError, ImageLoadError, ImageNotFound, InvalidArgument, NotFound

from helpers.core.errors import BuildFailed, ContainerError, DiskFull, EngineError, EngineStopped, WorkbookError
from helpers.engine.failures import explain, explain_message, explained

REFUSED = requests.exceptions.ConnectionError("('Connection aborted.', FileNotFoundError(2, 'No such file'))")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (APIError("500", explanation="write /var/lib/docker/x: no space left on device"), DiskFull),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), DiskFull),
        (REFUSED, EngineStopped),
        (ConnectionResetError(104, "Connection reset by peer"), EngineStopped),
        (BrokenPipeError(32, "Broken pipe"), EngineStopped),
        (requests.exceptions.ChunkedEncodingError("Response ended prematurely"), EngineStopped),
        (urllib3.exceptions.ProtocolError("Connection broken"), EngineStopped),
        (APIError("500", explanation="dial unix /run/containerd/containerd.sock: connect: refused"), EngineStopped),
        (APIError("503", explanation="the daemon is shutting down"), EngineStopped),
        (requests.exceptions.ReadTimeout("Read timed out. (read timeout=60)"), EngineError),
        (requests.exceptions.ConnectionError("HTTPConnectionPool: Read timed out."), EngineError),
        (ImageNotFound("404", explanation="No such image: x:latest"), WorkbookError),
        (NotFound("404", explanation="No such container: x"), EngineError),
        (
            APIError("500", explanation="driver failed: Bind for 127.0.0.1:80: port is already allocated"),
            ContainerError,
        ),
        (APIError("500", explanation="listen tcp4 10.0.0.9:0: bind: cannot assign requested address"), ContainerError),
        (
            APIError("400", explanation="OCI runtime create failed: unable to start container process: x"),
            ContainerError,
        ),
        (
            APIError("400", explanation="unable to find user nonroot: no matching entries in passwd file"),
            ContainerError,
        ),
        (APIError("400", explanation="no command specified"), ContainerError),
        (InvalidArgument("something odd"), WorkbookError),
        (ImageLoadError("Error processing tar file: no space left on device"), DiskFull),
    ],
    ids=lambda value: f"{type(value).__name__}-{value}" if isinstance(value, BaseException) else value.__name__,
)
def test_each_failure_has_its_class_and_message(error: Exception, kind: type[WorkbookError]) -> None:
    known = explain(error)
    assert type(known) is kind
    assert str(getattr(error, "explanation", None) or error.args[-1]) in known.message


def test_fixable_failures_have_a_hint() -> None:
    for message in ("no space left on device", "containerd.sock", "port is already allocated"):
        assert explain_message(message).hint


def test_a_workbook_error_is_returned_unchanged() -> None:
    ours = BuildFailed("line 3")
    assert explain(ours) is ours


def test_the_original_error_is_the_cause() -> None:
    with pytest.raises(EngineStopped) as caught, explained():
        raise REFUSED
    assert caught.value.__cause__ is REFUSED


def test_other_exceptions_pass_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), explained():
        raise ZeroDivisionError

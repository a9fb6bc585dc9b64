"""Requests to the Engine's API over the Docker SDK's connection: a Unix socket, TCP, TLS, SSH or a Windows pipe."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import docker
import requests
from docker.errors import APIError, create_api_error_from_http_exception
from urllib3 import HTTPHeaderDict

from buildkit_session._compat import Connection, connected

_SWITCHING_PROTOCOLS = 101
_CONNECT_SECONDS = 30


@contextlib.contextmanager
def asked(
    client: docker.DockerClient, method: str, path: str, params: Mapping[str, Any] | None = None, *, timeout: float
) -> Iterator[requests.Response]:
    """The answer to a request, not read yet. `timeout` is in seconds, between two pieces of the answer.

    Raises docker.errors.APIError where the engine refuses, requests.RequestException where it does not answer.
    """
    api = client.api
    with api.request(method, _url(client, path), params=params, stream=True, timeout=timeout) as response:
        _refused(response)
        yield response


@contextlib.contextmanager
def upgraded(client: docker.DockerClient, path: str, headers: Sequence[tuple[str, str]] = ()) -> Iterator[Connection]:
    """The connection after `POST path` has switched it to HTTP/2 without TLS inside. A header may occur more than once.

    Raises what `asked` raises.
    """
    api: Any = client.api
    request = api.prepare_request(requests.Request("POST", _url(client, path)))
    # A plain dict could hold each name only once.
    upgrade = [("Connection", "Upgrade"), ("Upgrade", "h2c")]
    request.headers = HTTPHeaderDict([*request.headers.items(), *upgrade, *headers])
    with api.send(request, stream=True, timeout=_CONNECT_SECONDS) as response:
        _refused(response)
        if response.status_code != _SWITCHING_PROTOCOLS:
            raise APIError(f"POST {path} did not switch protocols", response)
        with connected(client, response) as connection:
            yield connection


def _url(client: docker.DockerClient, path: str) -> str:
    return f"{client.api.base_url}/v{client.api.api_version}{path}"


def _refused(response: requests.Response) -> None:
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        create_api_error_from_http_exception(error)

"""The service that gives the engine the secrets of `RUN --mount=type=secret`, which stay out of image and cache.

https://docs.docker.com/build/building/secrets/
"""

import os
from collections.abc import Mapping
from pathlib import Path

from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Stream

from buildkit_session._proto.secrets_pb2 import GetSecretRequest, GetSecretResponse

METHOD = "/moby.buildkit.secrets.v1.Secrets/GetSecret"

MOST_BYTES = 500 * 1024  # moby/buildkit session/secrets/secretsprovider: MaxSecretSize

Secret = str | bytes | os.PathLike[str]  # the value itself, or the file that contains it


class Secrets:
    """Serves secrets by their IDs."""

    def __init__(self, secrets: Mapping[str, bytes]) -> None:
        self._secrets = secrets

    def __mapping__(self) -> dict[str, Handler]:
        return {METHOD: Handler(self._get, Cardinality.UNARY_UNARY, GetSecretRequest, GetSecretResponse)}

    async def _get(self, stream: Stream[GetSecretRequest, GetSecretResponse]) -> None:
        request = await stream.recv_message()
        assert request is not None  # there is one in a unary call
        if request.ID not in self._secrets:
            raise GRPCError(Status.NOT_FOUND, f"secret {request.ID} not found")
        await stream.send_message(GetSecretResponse(data=self._secrets[request.ID]))


def values(secrets: Mapping[str, Secret]) -> dict[str, bytes]:
    """The values by ID.

    Raises OSError where a file cannot be read, ValueError where BuildKit would refuse a secret for its size.
    """
    found = {name: _value(secret) for name, secret in secrets.items()}
    for name, value in found.items():
        if len(value) > MOST_BYTES:
            raise ValueError(f"The secret {name!r} has {len(value):,} bytes; BuildKit takes {MOST_BYTES:,} at most.")
    return found


def _value(secret: Secret) -> bytes:
    if isinstance(secret, os.PathLike):
        return Path(secret).read_bytes()
    return secret.encode() if isinstance(secret, str) else secret

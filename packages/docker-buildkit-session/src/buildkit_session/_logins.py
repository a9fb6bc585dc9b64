"""The service that gives the engine the credentials of a registry, so that it can pull private base images."""

import asyncio

import docker
from docker import auth
from grpclib.const import Cardinality, Handler, Status
from grpclib.exceptions import GRPCError
from grpclib.server import Stream

from buildkit_session._compat import logins
from buildkit_session._proto.auth_pb2 import CredentialsRequest, CredentialsResponse

METHOD = "/moby.filesync.v1.Auth/Credentials"

# Docker's own registry is asked by another name than it is logged in to (moby/buildkit session/auth/authprovider)
_DOCKER_HUB = {"registry-1.docker.io": auth.INDEX_NAME}


class Logins:
    """Serves what `docker login` or the client's `login` has stored: config.json, and the credential helpers it names.

    https://docs.docker.com/reference/cli/docker/login/#credential-stores
    """

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def __mapping__(self) -> dict[str, Handler]:
        return {METHOD: Handler(self._credentials, Cardinality.UNARY_UNARY, CredentialsRequest, CredentialsResponse)}

    async def _credentials(self, stream: Stream[CredentialsRequest, CredentialsResponse]) -> None:
        request = await stream.recv_message()
        assert request is not None  # there is one in a unary call
        try:
            answer = await asyncio.to_thread(self._of, request.Host)  # a credential helper is a program
        except docker.errors.DockerException as error:
            raise GRPCError(Status.UNKNOWN, f"the credentials of {request.Host} cannot be read: {error}") from error
        await stream.send_message(answer)

    def _of(self, host: str) -> CredentialsResponse:
        """The credentials of a registry, empty where there are none: the engine then asks without."""
        registry = _DOCKER_HUB.get(host, host)
        for known in (auth.load_config(), logins(self._client)):
            if found := known.resolve_authconfig(registry):
                return _answer({name.lower(): value or "" for name, value in found.items()})
        return CredentialsResponse()


def _answer(found: dict[str, str]) -> CredentialsResponse:
    """An identity token has no user: https://github.com/moby/buildkit/blob/master/session/auth/authprovider."""
    if token := found.get("identitytoken"):
        return CredentialsResponse(Secret=token)
    return CredentialsResponse(Username=found.get("username", ""), Secret=found.get("password", ""))

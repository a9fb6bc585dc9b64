"""The course's own network for containers: they reach the internet, but not each other."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from docker import DockerClient
from docker.errors import APIError, NotFound

from helpers.core.names import LABEL, PREFIX

ISOLATED = "isolated"  # value of our label on this network; our other networks have other values
OPTIONS = {"com.docker.network.bridge.enable_icc": "false"}  # containers can't reach each other
_MTU = "com.docker.network.driver.mtu"
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Network:
    """A network to run a container in. If it isn't ours, `note` says why."""

    id: str | None
    note: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The options of the SDK's create that connect a container to it."""
        return {"network": self.id} if self.id else {}


def isolated(client: DockerClient) -> Network:
    """Our network on the engine, created if missing; the engine's default network if that fails."""
    if identity := _ours(client):
        return Network(identity)
    try:
        _create(client, PREFIX)
    except NotFound:
        return _default("the engine has no bridge network")
    except APIError as error:
        return _default(str(error.explanation or error))
    identity = _ours(client)
    return Network(identity) if identity else _default("the course's network was removed right after its creation")


def _default(why: str) -> Network:
    return Network(None, f"in the engine's default network, where containers may reach each other ({why})")


def _ours(client: DockerClient) -> str | None:
    """The oldest of our networks. Two kernels may each have created one at the same moment; both then use the same."""
    found = client.api.networks(filters={"label": f"{LABEL}={ISOLATED}"})
    return min(((each["Created"], each["Id"]) for each in found), default=("", None))[1]


def _create(client: DockerClient, name: str) -> None:
    """Creates our network with the MTU of the engine's default network.

    If the name is taken, either another process has just created our network, or it's another network and ours gets
    another name.
    """
    mtu = (client.api.inspect_network("bridge").get("Options") or {}).get(_MTU)
    options = OPTIONS | ({_MTU: mtu} if mtu else {})
    try:
        client.networks.create(name, driver="bridge", options=options, labels={LABEL: ISOLATED}, check_duplicate=True)
    except APIError as error:
        if error.status_code != _CONFLICT:
            raise
        if not _ours(client):
            _create(client, f"{PREFIX}-{uuid4().hex[:12]}")

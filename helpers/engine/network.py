"""The network of our own in which readers' containers run: they reach the world, and not each other."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from docker import DockerClient
from docker.errors import APIError, NotFound

from helpers.engine.names import LABEL, PREFIX

ISOLATED = "isolated"  # the value of our label on this network; other networks of ours have other values
_OPTIONS = {"com.docker.network.bridge.enable_icc": "false"}  # containers don't reach each other
_MTU = "com.docker.network.driver.mtu"
_TAKEN = 409


@dataclass(frozen=True, slots=True)
class Network:
    """A network to run a container in; `note` says why it isn't ours, where it isn't."""

    id: str | None
    note: str = ""

    @property
    def options(self) -> dict[str, Any]:
        """The options of the SDK's create that put a container into it."""
        return {"network": self.id} if self.id else {}


def isolated(client: DockerClient) -> Network:
    """Our network on that engine, made now where it isn't there; the engine's default one where that can't be done."""
    if identity := _ours(client):
        return Network(identity)
    try:
        _make(client, PREFIX)
    except NotFound:
        return _default("it has no bridge network")
    except APIError as error:
        return _default(str(error.explanation or error))
    identity = _ours(client)
    return Network(identity) if identity else _default("ours was removed as soon as it was made")


def _default(why: str) -> Network:
    return Network(None, f"in the engine's default network, where containers may reach each other ({why})")


def _ours(client: DockerClient) -> str | None:
    """The oldest network of ours. Two kernels may have made one each at the same moment: both take the same."""
    found = client.api.networks(filters={"label": f"{LABEL}={ISOLATED}"})
    return min(((each["Created"], each["Id"]) for each in found), default=("", None))[1]


def _make(client: DockerClient, name: str) -> None:
    """Makes it, with the largest packet that the engine's default network lets through.

    Where the name is taken, it is either ours by now, or somebody else's network, and ours gets another name.
    """
    usual = (client.api.inspect_network("bridge").get("Options") or {}).get(_MTU)
    options = _OPTIONS | ({_MTU: usual} if usual else {})
    try:
        client.networks.create(name, driver="bridge", options=options, labels={LABEL: ISOLATED}, check_duplicate=True)
    except APIError as error:
        if error.status_code != _TAKEN:
            raise
        if not _ours(client):
            _make(client, f"{PREFIX}-{uuid4().hex[:12]}")

"""The course's network: its containers reach the internet but not each other, and no other network is used."""

import threading
from collections.abc import Iterator

import docker
import pytest
from docker.models.containers import Container

from helpers.core.names import LABEL, PREFIX, container_name
from helpers.course import cleanup
from helpers.engine import container, network
from helpers.engine.ephemeral import created
from helpers.engine.network import ISOLATED, isolated
from helpers.engine.procfs import helper_image as base
from helpers.engine.removal import Removals
from tests.engine.servers import COMMAND
from tests.fixtures.engines import OwnEngine

pytestmark = pytest.mark.engine
CONNECT = "use IO::Socket::INET; print IO::Socket::INET->new(PeerAddr => shift, PeerPort => 8080, Timeout => 3) ? 1 : 0"


@pytest.fixture
def names(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A name and a label value for this test only; networks with that name are removed at its end."""
    name = container_name()
    monkeypatch.setattr(network, "PREFIX", name)
    monkeypatch.setattr(network, "ISOLATED", name)
    yield name
    for each in client.networks.list(names=[name]):
        each.remove()


@pytest.fixture
def server(client: docker.DockerClient) -> Iterator[Container]:
    """A server in our network."""
    with created(client, base(client), COMMAND, **isolated(client).options) as made:
        made.start()
        made.reload()
        yield made


def address(made: Container) -> str:
    return str(next(iter(made.attrs["NetworkSettings"]["Networks"].values()))["IPAddress"])


def test_it_is_created_once_and_isolates_its_containers(client: docker.DockerClient, names: str) -> None:
    first, second = isolated(client), isolated(client)
    assert first == second and first.note == ""
    made = client.networks.get(str(first.id))
    assert made.name == names and made.attrs["Labels"] == {LABEL: names}
    assert made.attrs["Driver"] == "bridge" and not made.attrs["Internal"]
    assert made.attrs["Options"]["com.docker.network.bridge.enable_icc"] == "false"


def test_containers_cannot_reach_each_other(client: docker.DockerClient, server: Container) -> None:
    status, text = container.output(client, base(client), ["perl", "-e", CONNECT, address(server)])
    assert (status, text) == (0, "0")
    with created(client, base(client), ["sleep", "60"], network_mode=f"container:{server.id}") as neighbour:
        neighbour.start()
        assert neighbour.exec_run(["perl", "-e", CONNECT, address(server)]).output == b"1", "the server itself is up"


def test_the_default_route_exists(client: docker.DockerClient) -> None:
    gateway = client.networks.get(str(isolated(client).id)).attrs["IPAM"]["Config"][0]["Gateway"]
    _, routes = container.output(client, base(client), ["cat", "/proc/net/route"])
    hexadecimal = "".join(f"{int(part):02X}" for part in reversed(gateway.split(".")))
    assert any(line.split()[1:3] == ["00000000", hexadecimal] for line in routes.splitlines()[1:])


def test_another_network_of_that_name_is_not_used(client: docker.DockerClient, names: str) -> None:
    other = client.networks.create(names)
    ours = isolated(client)
    assert ours.id and ours.id != other.id
    assert str(client.networks.get(ours.id).name).startswith(f"{names}-")
    assert isolated(client) == ours


def test_simultaneous_calls_use_the_same_network(client: docker.DockerClient, names: str) -> None:
    start, found = threading.Barrier(4), list[str | None]()

    def make() -> None:
        start.wait()
        isolated(client)
        start.wait()
        found.append(isolated(client).id)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4 and len(set(found)) == 1 and found[0]


def test_it_has_the_mtu_of_the_default_network(
    client: docker.DockerClient, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = client.api.inspect_network
    options = {"Options": {"com.docker.network.driver.mtu": "1400"}}
    monkeypatch.setattr(client.api, "inspect_network", lambda name: options if name == "bridge" else original(name))
    made = str(isolated(client).id)
    monkeypatch.undo()
    assert client.networks.get(made).attrs["Options"]["com.docker.network.driver.mtu"] == "1400"


def test_without_a_bridge_it_is_the_default_network_with_a_note(own_engine: OwnEngine) -> None:
    found = isolated(own_engine.client)
    assert found.id is None and found.options == {}
    assert "default network" in found.note and "no bridge network" in found.note


def test_the_reason_of_a_failed_creation_is_quoted(
    client: docker.DockerClient, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "OPTIONS", {"com.docker.network.bridge.enable_icc": "perhaps"})
    found = isolated(client)
    assert found.id is None and "default network" in found.note and "perhaps" in found.note
    run = container.run(client, base(client), command=COMMAND)
    assert run.health.status == 200 and run.notes == (found.note,)


def test_clean_removes_it(client: docker.DockerClient, names: str) -> None:
    made = str(isolated(client).id)
    removals = Removals(client, dry_run=False)
    found = [each for each in cleanup._networks(client) if each.what == f"network {names}"]
    removals.remove("networks", lambda: found)
    assert (removals.done, removals.left) == ([f"Removed network {names}."], [])
    assert not client.networks.list(ids=[made])


def test_the_names_are_those_that_clean_removes() -> None:
    assert (PREFIX, LABEL, ISOLATED) == ("dockerfile-workbook", "dockerfile-workbook", "isolated")

"""`clean` removes what the course created, and nothing else."""

import uuid
from functools import partial
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.models.networks import Network

from helpers import __main__ as command_line
from helpers.core.cleaned import Cleaned
from helpers.core.names import LABEL, PREFIX
from helpers.course.cleanup import clean
from helpers.engine.base_images import found
from helpers.engine.build_cache import cache_records
from helpers.engine.image_source import STAND_IN, stand_in_name
from helpers.engine.removal import Removal, Removals, Users, untag
from tests.engine.tars import file, tar
from tests.engine.test_build_cache import chain
from tests.fixtures.engines import OwnEngine

pytestmark = pytest.mark.engine

OURS = stand_in_name("golang:1.19-bullseye")
USES = (
    "your container readers uses it. If you no longer need that, run `docker rm readers`, "
    "then run `python3 -m helpers clean` again."
)


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder of the test's own, so that it doesn't touch the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def image(client: docker.DockerClient, *names: str) -> str:
    """Creates a unique image with these names; returns its ID."""
    client.api.import_image_from_data(tar([file("nonce", uuid.uuid4().bytes)]), repository=names[0], tag="latest")
    for name in names[1:]:
        client.images.get(names[0]).tag(name)
    return str(client.images.get(names[0]).id)


def tags(client: docker.DockerClient) -> set[str]:
    return {tag for each in client.images.list() for tag in each.tags}


def containers(client: docker.DockerClient) -> set[str]:
    return {each.name or "" for each in client.containers.list(all=True)}


@pytest.fixture
def mixed(own_engine: OwnEngine) -> docker.DockerClient:
    """An engine with items of the course and of a user, some with similar names."""
    client = own_engine.client
    image(client, f"{PREFIX}/05-separate-stages")
    image(client, f"{PREFIX}/shared", "readers/shared")
    image(client, "readers/own", f"{PREFIX}like/thing")
    client.containers.create("readers/own", ["/x"], name="ours", labels={LABEL: "1"}, network_mode="none")
    client.containers.create("readers/own", ["/x"], name=f"{PREFIX}-lookalike", network_mode="none")
    return client


def test_ours_is_removed_and_the_users_stays(mixed: docker.DockerClient) -> None:
    lines = clean(mixed)
    assert lines == [
        "Removed container ours.",
        f"Removed image {PREFIX}/05-separate-stages:latest.",
        f"Removed image {PREFIX}/shared:latest.",
    ]
    assert tags(mixed) == {"readers/shared:latest", "readers/own:latest", f"{PREFIX}like/thing:latest"}
    assert containers(mixed) == {f"{PREFIX}-lookalike"}
    assert clean(mixed) == []


def test_a_dry_run_lists_the_same_and_removes_nothing(mixed: docker.DockerClient) -> None:
    before = tags(mixed), containers(mixed)
    lines = clean(mixed, dry_run=True)
    assert (tags(mixed), containers(mixed)) == before
    assert [line.replace("Would remove", "Removed") for line in lines] == clean(mixed)


def test_an_image_used_by_a_container_is_left_and_listed(own_engine: OwnEngine) -> None:
    client = own_engine.client
    image(client, f"{PREFIX}/used")
    client.containers.create(f"{PREFIX}/used", ["/x"], name="readers", network_mode="none")
    lines = clean(client)
    assert lines == lines.left == [f"Left image {PREFIX}/used:latest: {USES}"]
    assert tags(client) == {f"{PREFIX}/used:latest"} and containers(client) == {"readers"}


@pytest.fixture
def entangled(own_engine: OwnEngine) -> docker.DockerClient:
    """An engine whose user uses much of the course: in a container, under a second name, as a base image."""
    client = own_engine.client
    for name in (f"{PREFIX}/01-used", f"{PREFIX}/02-parent", f"{PREFIX}/04-free"):
        image(client, name)
    image(client, f"{PREFIX}/03-shared", f"{PREFIX}/03-shared:again", "readers/shared")
    stand_in(client, "golang:latest", "golang:latest")  # made by an earlier version
    stand_in(client, "golang:1.19-bullseye", OURS)
    image(client, f"{PREFIX}/stand-in/other")  # has no label
    client.containers.create(f"{PREFIX}/01-used", ["/x"], name="readers", network_mode="none")
    client.containers.create("golang:latest", ["/x"], name="readers-go", network_mode="none")
    child(client, f"{PREFIX}/02-parent", "readers/child")
    child(client, OURS, "readers/go-child")
    client.containers.create("readers/child", ["/x"], name="ours", labels={LABEL: "1"}, network_mode="none")
    return client


def stand_in(client: docker.DockerClient, reference: str, name: str) -> None:
    label = f'LABEL {STAND_IN}="{reference}"'
    data, (repository, tag) = tar([file("nonce", uuid.uuid4().bytes)]), name.split(":")
    client.api.import_image_from_data(data, repository=repository, tag=tag, changes=[label])


def child(client: docker.DockerClient, parent: str, name: str) -> None:
    """Creates an image whose parent the engine knows, as after a build without BuildKit."""
    made = client.containers.create(parent, ["/x"], network_mode="none")
    made.commit(name, tag="latest")
    made.remove()


def test_an_item_that_cannot_be_removed_does_not_stop_the_rest(
    entangled: docker.DockerClient, own_engine: OwnEngine, tmp_path: Path
) -> None:
    """A container of one of our images once kept `clean` from removing the rest."""
    ours = chain(own_engine, tmp_path, 2)
    there = cache_records(entangled)
    lines = clean(entangled, records=lambda: [there[identity] for identity in ours])
    assert lines.done.pop().startswith(f"Removed {len(ours)} records of the build cache")
    assert lines.done == [
        "Removed container ours.",
        f"Removed image {PREFIX}/02-parent:latest.",
        f"Removed image {PREFIX}/03-shared:again.",
        f"Removed image {PREFIX}/03-shared:latest.",
        f"Removed image {PREFIX}/04-free:latest.",
        f"Removed stand-in {OURS}.",
    ]
    assert lines.left == [
        f"Left image {PREFIX}/01-used:latest: {USES}",
        f"Left stand-in golang:latest: {USES.replace('readers', 'readers-go')}",
    ]
    assert lines[-2:] == lines.left
    assert tags(entangled) == {
        *(f"{PREFIX}/01-used:latest", "golang:latest", f"{PREFIX}/stand-in/other:latest"),
        *("readers/shared:latest", "readers/child:latest", "readers/go-child:latest"),
    }
    assert containers(entangled) == {"readers", "readers-go"}


def test_images_built_from_ours_still_work_afterwards(entangled: docker.DockerClient) -> None:
    clean(entangled)
    for name in ("readers/child", "readers/go-child", "readers/shared"):
        made = entangled.containers.create(name, ["/x"], network_mode="none")
        assert next(made.get_archive("/nonce")[0])


def test_without_the_obstacle_the_next_run_removes_the_rest(entangled: docker.DockerClient) -> None:
    clean(entangled)
    for name in ("readers", "readers-go"):
        entangled.containers.get(name).remove()
    assert clean(entangled) == [f"Removed image {PREFIX}/01-used:latest.", "Removed stand-in golang:latest."]


def test_a_dry_run_also_lists_what_would_be_left(entangled: docker.DockerClient) -> None:
    before = tags(entangled), containers(entangled)
    predicted = clean(entangled, dry_run=True)
    assert (tags(entangled), containers(entangled)) == before
    assert len(predicted.left) == 2
    assert [as_done(line) for line in predicted] == clean(entangled)


def as_done(line: str) -> str:
    return line.replace("Would remove ", "Removed ").replace("Would leave ", "Left ")


def test_the_exit_status_is_one_if_something_is_left(
    entangled: docker.DockerClient,
    own_engine: OwnEngine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCKER_HOST", own_engine.address)
    monkeypatch.setattr("helpers.setup.daemon.stop", lambda dry_run: Cleaned())  # not this machine's engine
    assert command_line.main(["clean", "--dry-run"]) == 0
    predicted = capsys.readouterr().out.splitlines()
    assert command_line.main(["clean"]) == 1
    done = capsys.readouterr().out.splitlines()
    assert [as_done(line) for line in predicted] == done
    assert [line.partition(":")[0] for line in done[-2:]] == [f"Left image {PREFIX}/01-used", "Left stand-in golang"]


def test_all_obstructing_containers_are_named_with_commands() -> None:
    def one(name: str, state: str) -> dict[str, Any]:
        networks: dict[str, Any] = {"Networks": {"ours": {}}}
        return {"Id": name, "Names": [f"/{name}"], "State": state, "ImageID": "sha256:a", "NetworkSettings": networks}

    stopped, both = Users((one("a", "exited"),)), Users((one("a", "exited"), one("b", "running")))
    assert stopped.of_image("sha256:a").startswith("your container a uses it.")
    assert "`docker rm a`" in stopped.of_image("sha256:a")
    assert both.of_image("sha256:a").startswith("your containers a, b use it.")
    assert "`docker stop b && docker rm a b`" in both.of_image("sha256:a")
    assert "`docker network disconnect ours a && docker network disconnect ours b`" in both.of_network("ours")
    assert both.of_image("sha256:b") == both.of_network("theirs") == ""


def test_an_unexpected_refusal_is_listed_with_the_engines_reason(own_engine: OwnEngine) -> None:
    client = own_engine.client
    identity = image(client, f"{PREFIX}/used")
    removals = Removals(client, dry_run=False)

    def found() -> list[Removal]:
        client.containers.create(f"{PREFIX}/used", ["/x"], name="late", network_mode="none")
        return [Removal("image used", partial(untag, client, f"{PREFIX}/used")), Removal("other", lambda: None)]

    removals.remove("images", found)
    (left,) = removals.left
    assert left.startswith("Left image used: The engine reported an error: conflict") and "container" in left
    assert removals.done == ["Removed other."]
    assert client.images.get(identity).tags == [f"{PREFIX}/used:latest"]


def test_an_item_that_is_already_gone_is_no_failure(own_engine: OwnEngine) -> None:
    removals = Removals(own_engine.client, dry_run=False)
    removals.remove("images", lambda: [Removal("image gone", partial(untag, own_engine.client, f"{PREFIX}/gone"))])
    assert (removals.done, removals.left) == (["Already gone: image gone."], [])


def test_an_engine_that_dies_midway_yields_lines_and_no_error(own_engine: OwnEngine) -> None:
    client = own_engine.client
    image(client, f"{PREFIX}/05-separate-stages")
    removals = Removals(client, dry_run=False)
    removals.remove("things", lambda: [Removal("first", own_engine.kill), Removal("second", client.ping)])
    removals.remove("images of the course", lambda: [Removal("never reached", lambda: None)])
    removals.remove_here("folders", lambda: [Removal("folder", lambda: None)])
    assert removals.done == ["Removed first.", "Removed folder."]
    assert [line.partition(":")[0] for line in removals.left] == ["Left second", "Left images of the course"]
    assert all("The engine stopped responding." in line for line in removals.left)
    lines = clean(client)
    assert lines.done == [] and len(lines.left) == 5  # containers, networks, images, stand-ins, records


def test_only_the_given_records_are_removed(own_engine: OwnEngine, tmp_path: Path) -> None:
    client = own_engine.client
    readers, ours = chain(own_engine, tmp_path, 2), chain(own_engine, tmp_path, 2)
    there = cache_records(client)
    found = [there[identity] for identity in ours]
    (would,) = clean(client, dry_run=True, records=lambda: found)
    assert would.startswith(f"Would remove {len(ours)} records of the build cache")
    (did,) = clean(client, records=lambda: found)
    assert did == would.replace("Would remove", "Removed")
    assert cache_records(client).keys() == readers


def network(client: docker.DockerClient) -> Network:
    """A network of ours with a unique name, on the machine's engine, which supports networks."""
    return client.networks.create(f"{PREFIX}-{uuid.uuid4().hex}", labels={LABEL: "1"}, internal=True)


def test_our_network_would_be_removed(client: docker.DockerClient) -> None:
    made = network(client)
    try:
        assert f"Would remove network {made.name}." in clean(client, dry_run=True)
    finally:
        made.remove()


def test_a_network_of_a_users_container_is_left(client: docker.DockerClient) -> None:
    """Even if the container is stopped and the engine would allow it: it couldn't be started again."""
    made, name = network(client), f"readers-{uuid.uuid4().hex}"
    base = found(client, "golang:1.19-bullseye")
    assert base
    container = client.containers.create(base.name, ["true"], name=name, network=made.name)
    try:
        (line,) = [line for line in clean(client, dry_run=True).left if str(made.name) in line]
        assert line.startswith(f"Would leave network {made.name}: your container {name} needs it.")
        assert f"`docker network disconnect {made.name} {name}`" in line
    finally:
        container.remove()
        made.remove()

"""The API with a real PostgreSQL server, in images that contain only the API: linked with cgo, and without."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
import urllib3
from buildkit_session import Context
from docker.models.containers import Container
from docker.models.networks import Network

from helpers.core.names import LABEL, container_name
from helpers.engine.ephemeral import created
from helpers.engine.http_client import publishing_address
from tests.sample_api.conftest import DOCKERFILES, SAMPLE, Builder

pytestmark = pytest.mark.engine

DATABASES_TIME = "2001-02-03T04:05:06Z"
START_SECONDS = 60.0
ANSWER_SECONDS = 10.0


@pytest.fixture
def network(client: docker.DockerClient) -> Iterator[Network]:
    """A network for this test, in which containers reach each other by name."""
    network = client.networks.create(container_name(), labels={LABEL: "1"})
    yield network
    network.remove()


@pytest.fixture
def database(client: docker.DockerClient, network: Network, built: Builder) -> Iterator[Container]:
    """A running PostgreSQL server that accepts connections."""
    recipe = Path(__file__).with_name("postgresql.Dockerfile").read_text()
    image = built("postgresql", Context(Path(__file__).parent), recipe)
    with created(client, image.image_id, network=network.name) as container:
        start(container)
        yield container


@pytest.fixture(params=["05-separate-stages", "11-finish-the-job"])
def api(
    client: docker.DockerClient, network: Network, database: Container, built: Builder, request: pytest.FixtureRequest
) -> Iterator[str]:
    """The address of a running API that uses the database."""
    recipe = (DOCKERFILES / f"{request.param}.Dockerfile").read_text()
    image = built(request.param, Context(SAMPLE), recipe)
    where = publishing_address(client)
    url = f"postgres://reader:secret@{database.name}:5432/postgres"
    ports, environment = {"8080/tcp": (where,)}, {"DATABASE_URL": url}
    with created(client, image.image_id, network=network.name, ports=ports, environment=environment) as container:
        container.start()
        container.reload()
        (published, *_) = container.ports["8080/tcp"] or []
        address = f"http://{where}:{published['HostPort']}"
        wait_until(lambda: ask(address, "/health")[0] == 200)
        yield address


def start(database: Container) -> None:
    database.start()
    wait_until(lambda: database.exec_run(["pg_isready", "--host=127.0.0.1"]).exit_code == 0)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < until, f"The condition was still false after {START_SECONDS:.0f} s."
        time.sleep(0.05)


def ask(address: str, path: str) -> tuple[int, dict[str, str]]:
    """Status and JSON of the answer; (0, {}) if there is none yet."""
    try:
        response = urllib3.request("GET", address + path, timeout=ANSWER_SECONDS, retries=False)
    except urllib3.exceptions.HTTPError:
        return 0, {}
    return response.status, json.loads(response.data)


def test_the_time_comes_from_the_database(api: str) -> None:
    assert ask(api, "/") == (200, {"api": "golang", "now": DATABASES_TIME, "source": "postgresql"})


def test_it_reports_a_missing_database_and_stays_healthy(api: str, database: Container) -> None:
    assert ask(api, "/")[0] == 200
    database.stop()
    assert ask(api, "/") == (503, {"error": "no time from postgresql"})
    assert ask(api, "/health") == (200, {"status": "ok"})
    start(database)
    assert ask(api, "/")[0] == 200, "The API must work again without a restart once the database is back."

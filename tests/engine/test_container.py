"""One container from start to exit, on the engine: what it answers, how it ends, and that it is gone afterwards."""

import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest

from helpers.engine import container, shutdown, throwaway
from helpers.engine.names import LABEL, container_name
from helpers.records.errors import ContainerError, ContainerExited, NeverHealthy, WorkbookError
from helpers.records.progress import Progress
from helpers.records.run import Run
from tests.engine.servers import COMMAND, IMAGE

pytestmark = pytest.mark.engine
DEFAULT_CAPABILITIES = 14  # what an engine leaves a container: docs.docker.com/engine/security


@pytest.fixture(autouse=True)
def nothing_stays(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does with containers, those that it made are removed at its end."""
    names: list[str] = []
    monkeypatch.setattr(throwaway, "container_name", lambda: names.append(container_name()) or names[-1])
    yield
    assert names
    assert not {each.name for each in client.containers.list(all=True, ignore_removed=True)} & set(names)


def serve(client: docker.DockerClient, environment: dict[str, str] | None = None, **options: Any) -> Run:
    return container.run(client, IMAGE, command=COMMAND, environment=environment, **options)


def test_the_first_good_answer_is_timed_from_before_the_start(client: docker.DockerClient) -> None:
    began = time.monotonic()
    run = serve(client, {"DELAY": "1"})
    assert 1.0 < run.health.seconds_to_healthy < time.monotonic() - began
    assert (run.health.status, run.health.body) == (200, "ok")
    assert "listening on 8080" in run.log
    assert run.process is None and run.shutdown is None


def test_progress_says_what_is_awaited_and_what_the_container_says(client: docker.DockerClient) -> None:
    told: list[Progress] = []
    serve(client, {"DELAY": "2"}, on_progress=told.append)
    assert {each.what for each in told} == {"waiting for /health"}
    assert told[-1].detail == "starting"


def test_the_process_is_seen_from_outside(client: docker.DockerClient) -> None:
    process = serve(client, process=True).process
    assert process is not None and (process.uid, process.gid) == (0, 0)
    assert len(process.effective_capabilities) == DEFAULT_CAPABILITIES
    assert "CAP_NET_BIND_SERVICE" in process.effective_capabilities
    assert "CAP_SYS_ADMIN" not in process.effective_capabilities


def test_the_memory_it_holds_is_told_by_the_engine(client: docker.DockerClient) -> None:
    memory = serve(client, process=True).memory_bytes
    assert memory is not None and 500_000 < memory < 60_000_000
    assert serve(client).memory_bytes is None


def test_hardened_it_has_no_capability_and_cannot_write(client: docker.DockerClient) -> None:
    process = serve(client, hardened=True, process=True).process
    assert process is not None and process.effective_capabilities == ()
    script = ("sh", "-c", "touch /written; grep NoNewPrivs /proc/self/status; exec perl -e 'exit 3'")
    with pytest.raises(ContainerExited) as caught:
        container.run(client, IMAGE, hardened=True, command=script)
    assert "Read-only file system" in caught.value.message
    assert "NoNewPrivs:\t1" in caught.value.message


def test_hardened_it_has_little_memory(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerExited) as caught:
        container.run(client, IMAGE, hardened=True, command=("perl", "-e", "$x = 'x' x 500_000_000; sleep 9"))
    assert "status 137" in caught.value.message and "out of memory" in caught.value.mend


@pytest.mark.parametrize(("environment", "exit_code", "finished"), [({"GRACEFUL": "1"}, 0, True), ({}, 2, False)])
def test_sigterm_shows_what_becomes_of_the_request_in_flight(
    client: docker.DockerClient, environment: dict[str, str], exit_code: int, finished: bool
) -> None:
    ended = serve(client, environment, shutdown=True, slow_path="/slow").shutdown
    assert ended is not None and (ended.exit_code, ended.request_finished) == (exit_code, finished)
    assert 0 < ended.seconds < 5


def test_without_a_slow_path_no_request_is_in_flight(client: docker.DockerClient) -> None:
    ended = serve(client, shutdown=True).shutdown
    assert ended is not None and ended.request_finished is None


def test_a_container_that_ignores_sigterm_is_killed_as_docker_stop_would(
    client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shutdown.GRACE_SECONDS == 10  # docs.docker.com/reference/cli/docker/container/stop
    monkeypatch.setattr(shutdown, "GRACE_SECONDS", 1.0)
    ended = serve(client, {"STUBBORN": "1"}, shutdown=True).shutdown
    assert ended is not None and ended.exit_code == 137 and 1 <= ended.seconds < 6


def test_a_request_that_is_too_quick_is_no_request_in_flight(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerError, match="had ended before the signal"):
        serve(client, shutdown=True, slow_path="/health")


def test_a_container_that_exits_is_given_up_at_once(client: docker.DockerClient) -> None:
    began = time.monotonic()
    with pytest.raises(ContainerExited) as caught:
        container.run(client, IMAGE, command=("sh", "-c", "sleep 1; echo the cause; exit 7"), timeout=60)
    assert time.monotonic() - began < 10
    assert "status 7" in caught.value.message and "the cause" in caught.value.message


def test_a_server_on_another_port_is_told_from_one_that_is_slow(client: docker.DockerClient) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, {"PORT": "9090"}, timeout=3)
    assert "It listens on 9090." in caught.value.message and "EXPOSE" in caught.value.message
    assert "port=9090" in caught.value.mend
    with pytest.raises(NeverHealthy, match="It listens on no port"):
        serve(client, {"DELAY": "60"}, timeout=3)


def test_a_server_on_its_own_loopback_is_told_so(client: docker.DockerClient) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, {"HOST": "127.0.0.1"}, timeout=3)
    assert "0.0.0.0:8080" in caught.value.mend


def test_another_answer_than_200_is_told(client: docker.DockerClient) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, path="/elsewhere", timeout=4)
    assert "HTTP 404" in caught.value.message and "path" in caught.value.mend


def test_a_missing_image_and_a_missing_program_are_told_apart(client: docker.DockerClient) -> None:
    with pytest.raises(WorkbookError, match="no such image"):
        container.run(client, "dockerfile-workbook/was-never-built")
    with pytest.raises(ContainerError, match="could not be started") as caught:
        container.run(client, IMAGE, command=("no-such-program",))
    assert "CMD" in caught.value.mend


def test_an_interrupt_leaves_no_container(client: docker.DockerClient) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(client, {"DELAY": "60"}, on_progress=interrupt)


def test_the_port_is_on_loopback_alone(client: docker.DockerClient) -> None:
    bound: list[str] = []

    def look(_: Progress) -> None:
        for each in client.api.containers(filters={"label": LABEL}):
            bound.extend(port["IP"] for port in each["Ports"] if port["PrivatePort"] == 8123)

    serve(client, {"DELAY": "1", "PORT": "8123"}, port=8123, on_progress=look)
    assert set(bound) == {"127.0.0.1"}


def test_a_command_has_its_output_and_status(client: docker.DockerClient) -> None:
    status, text = container.output(
        client, IMAGE, ["sh", "-c", "echo $WHO; echo bad >&2; exit 4"], environment={"WHO": "me"}
    )
    assert status == 4 and sorted(text.split()) == ["bad", "me"]


def test_a_command_that_is_not_in_the_image_has_the_status_of_a_shell(client: docker.DockerClient) -> None:
    assert container.output(client, IMAGE, ["no-such-program"])[0] == 127
    assert container.output(client, IMAGE, ["/etc/passwd"])[0] == 126


def test_a_command_that_goes_on_for_ever_is_ended(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerError, match="did not end within 1 s"):
        container.output(client, IMAGE, ["sleep", "60"], timeout=1)

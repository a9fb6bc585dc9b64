"""One container from start to exit, on the engine: its responses, its shutdown, and its removal."""

import re
import time
from pathlib import Path
from typing import Any

import docker
import pytest

from helpers.core.errors import ContainerError, ContainerExited, NeverHealthy, WorkbookError
from helpers.core.names import LABEL
from helpers.core.records.run import Progress, Run
from helpers.engine import container, ephemeral, graceful_stop, health, http_client, reach
from helpers.engine.network import isolated
from helpers.engine.procfs import helper_image as base
from tests.engine.servers import COMMAND

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("all_containers_are_removed")]
DEFAULT_CAPABILITIES = 14  # Docker's default: docs.docker.com/engine/security


def serve(client: docker.DockerClient, environment: dict[str, str] | None = None, **options: Any) -> Run:
    return container.run(client, base(client), command=COMMAND, environment=environment, **options)


def test_the_first_200_is_timed_from_before_the_start(client: docker.DockerClient) -> None:
    began = time.monotonic()
    run = serve(client, {"DELAY": "1"})
    assert 1.0 < run.health.seconds_to_healthy < time.monotonic() - began
    assert (run.health.status, run.health.body) == (200, "ok")
    assert "listening on 8080" in run.log
    assert run.process is None and run.shutdown is None


def test_progress_has_the_path_and_the_last_log_line(client: docker.DockerClient) -> None:
    reported: list[Progress] = []
    serve(client, {"DELAY": "2"}, on_progress=reported.append)
    assert {each.what for each in reported} == {"waiting for /health"}
    assert reported[-1].detail == "starting"


def test_the_process_is_read_from_outside(client: docker.DockerClient) -> None:
    process = serve(client, process=True).process
    assert process is not None and (process.uid, process.gid) == (0, 0)
    assert len(process.effective_capabilities) == DEFAULT_CAPABILITIES
    assert "CAP_NET_BIND_SERVICE" in process.effective_capabilities
    assert "CAP_SYS_ADMIN" not in process.effective_capabilities


def test_the_memory_use_is_reported_by_the_engine(client: docker.DockerClient) -> None:
    memory = serve(client, process=True).memory_bytes
    assert memory is not None and 500_000 < memory < 60_000_000
    assert serve(client).memory_bytes is None


def inspected(client: docker.DockerClient, **options: Any) -> dict[str, Any]:
    """The engine's `docker inspect` data of the container."""
    seen: list[dict[str, Any]] = []

    def inspect(_: Progress) -> None:
        for each in client.api.containers(filters={"label": LABEL}):
            if "8123/tcp" in (client.api.inspect_container(each["Id"])["Config"].get("ExposedPorts") or {}):
                seen.append(client.api.inspect_container(each["Id"]))

    serve(client, {"DELAY": "1", "PORT": "8123"}, port=8123, on_progress=inspect, **options)
    return seen[0]


def test_by_default_it_has_limits_and_dockers_capabilities(client: docker.DockerClient) -> None:
    seen = inspected(client)
    host = seen["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 2 * 2**30
    assert host["PidsLimit"] == 2048
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["NanoCpus"] == host["CpuQuota"] == 0, "a quota would change what is measured"
    assert not host["Privileged"] and not host["CapAdd"] and not host["CapDrop"]
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "2"}}
    (network,) = seen["NetworkSettings"]["Networks"].values()
    assert network["NetworkID"] == isolated(client).id


def test_the_limits_can_be_changed(client: docker.DockerClient) -> None:
    host = inspected(client, memory="256m", processes=64, new_privileges=True)["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 256 * 2**20
    assert host["PidsLimit"] == 64 and not host["SecurityOpt"]


def test_hardened_it_has_a_small_memory_limit_and_no_swap(client: docker.DockerClient) -> None:
    host = inspected(client, hardened=True)["HostConfig"]
    assert host["Memory"] == host["MemorySwap"] == 64 * 2**20
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["PidsLimit"]) == (True, ["ALL"], 2048)


def test_a_program_with_the_setuid_bit_gains_nothing(client: docker.DockerClient) -> None:
    """Perl can't be setuid, so a copy of `id` is: run by another user, it keeps that user's ID."""
    script = "cp /usr/bin/id /tmp/id; chmod u+s /tmp/id; setpriv --reuid 65534 --clear-groups /tmp/id"
    _, limited = container.output(client, base(client), ["sh", "-c", script])
    _, free = container.output(client, base(client), ["sh", "-c", script], security_opt=None)
    assert "euid=0" in free and "uid=65534" in limited and "euid" not in limited


def test_it_cannot_exceed_its_process_limit(client: docker.DockerClient) -> None:
    script = "for (1 .. 50) { my $child = fork; last unless defined $child; $made++; sleep 5, exit unless $child }"
    _, text = container.output(client, base(client), ["perl", "-e", f"{script} print $made"], pids_limit=20)
    assert int(text) == 19


def test_hardened_it_has_no_capability_and_cannot_write(client: docker.DockerClient) -> None:
    process = serve(client, hardened=True, process=True).process
    assert process is not None and process.effective_capabilities == ()
    script = ("sh", "-c", "touch /written; grep NoNewPrivs /proc/self/status; exec perl -e 'exit 3'")
    with pytest.raises(ContainerExited) as caught:
        container.run(client, base(client), hardened=True, command=script)
    assert "Read-only file system" in caught.value.message
    assert "NoNewPrivs:\t1" in caught.value.message


def test_hardened_it_runs_out_of_memory(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerExited) as caught:
        container.run(client, base(client), hardened=True, command=("perl", "-e", "$x = 'x' x 500_000_000; sleep 9"))
    assert "status 137" in caught.value.message and "out of memory (its limit is 64 MiB)" in caught.value.hint


@pytest.mark.parametrize(("environment", "exit_code", "finished"), [({"GRACEFUL": "1"}, 0, True), ({}, 2, False)])
def test_sigterm_shows_whether_the_request_in_flight_finishes(
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
    assert graceful_stop.GRACE_SECONDS == 10  # docs.docker.com/reference/cli/docker/container/stop
    monkeypatch.setattr(graceful_stop, "GRACE_SECONDS", 1.0)
    ended = serve(client, {"STUBBORN": "1"}, shutdown=True).shutdown
    assert ended is not None and ended.exit_code == 137 and 1 <= ended.seconds < 6


def test_a_request_that_finishes_too_early_is_an_error(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerError, match="finished before SIGTERM"):
        serve(client, shutdown=True, slow_path="/health")


def test_a_container_that_exits_is_given_up_at_once(client: docker.DockerClient) -> None:
    began = time.monotonic()
    with pytest.raises(ContainerExited) as caught:
        container.run(client, base(client), command=("sh", "-c", "sleep 1; echo the cause; exit 7"), timeout=60)
    assert time.monotonic() - began < 10
    assert "status 7" in caught.value.message and "the cause" in caught.value.message


def test_a_server_on_another_port_is_distinguished_from_a_slow_one(client: docker.DockerClient) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, {"PORT": "9090"}, timeout=3)
    assert "It listens on 9090." in caught.value.message and "EXPOSE" in caught.value.message
    assert "port=9090" in caught.value.hint
    with pytest.raises(NeverHealthy, match="It listens on no port"):
        serve(client, {"DELAY": "60"}, timeout=3)


def test_a_server_on_loopback_only_is_diagnosed(client: docker.DockerClient) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, {"HOST": "127.0.0.1"}, timeout=3)
    assert "0.0.0.0:8080" in caught.value.hint


@pytest.mark.parametrize(
    ("path", "answer", "words"),
    [("/elsewhere", "HTTP 404", "Check the path"), ("/moved", "HTTP 302 to /health", "aren't followed")],
)
@pytest.mark.parametrize("helper", [False, True])
def test_a_server_that_keeps_returning_errors_fails_before_the_limit(
    client: docker.DockerClient,
    path: str,
    answer: str,
    words: str,
    helper: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "REFUSED_SECONDS", 2.0)
    began = time.monotonic()
    with pytest.raises(NeverHealthy) as caught:
        serve(client, path=path, timeout=300, helper=helper)
    assert 2 < time.monotonic() - began < 30
    assert f"has responded with {answer} for 2 s" in caught.value.message and words in caught.value.hint


@pytest.mark.parametrize("helper", [False, True])
def test_a_5xx_is_shown_at_once_and_waited_for(client: docker.DockerClient, helper: bool) -> None:
    reported: list[Progress] = []
    run = serve(client, {"BROKEN": "3"}, on_progress=reported.append, helper=helper)
    assert "waiting for /health, which responds with HTTP 500" in [each.what for each in reported]
    assert run.health.status == 200 and run.health.seconds_to_healthy > 1


@pytest.mark.parametrize("helper", [False, True])
def test_the_last_response_is_in_the_error(client: docker.DockerClient, helper: bool) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, path="/broken", timeout=3, helper=helper)
    assert "within 3 s; last result: HTTP 500" in caught.value.message and "log" in caught.value.hint


@pytest.mark.parametrize("helper", [False, True])
@pytest.mark.parametrize(
    ("path", "last"),
    [("/trickle", "no complete response"), ("/late", "no complete response"), ("/slow", "HTTP 200|complete")],
)
def test_no_response_is_read_longer_than_the_wait(
    client: docker.DockerClient, path: str, last: str, helper: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of the paths never end, and the third takes a second."""
    monkeypatch.setattr(health, "REQUEST_SECONDS", 0.8)
    monkeypatch.setattr(reach, "REQUEST_SECONDS", 0.8)
    began = time.monotonic()
    with pytest.raises(NeverHealthy) as caught:
        serve(client, path=path, timeout=3, helper=helper)
    assert time.monotonic() - began < 20
    assert re.search(last, caught.value.message)


@pytest.mark.parametrize("helper", [False, True])
@pytest.mark.parametrize(("path", "character"), [("/endless", "x"), ("/huge", "y")])
def test_a_body_is_kept_up_to_a_limit(client: docker.DockerClient, path: str, character: str, helper: bool) -> None:
    found = serve(client, path=path, helper=helper).health
    assert found.body == character * 65536 + http_client.CUT


def test_an_endless_log_is_bounded(client: docker.DockerClient) -> None:
    """The container writes tens of megabytes a second, in lines of 100 kB, also while the log is read."""
    began = time.monotonic()
    with pytest.raises(NeverHealthy) as caught:
        flood = ("perl", "-e", "print 'x' x 100_000, qq{\\n} while 1")
        container.run(client, base(client), command=flood, timeout=6)
    assert time.monotonic() - began < 60
    assert len(caught.value.message) < 2_000_000


def test_a_long_output_is_truncated_to_its_end(client: docker.DockerClient) -> None:
    status, text = container.output(
        client, base(client), ["sh", "-c", "yes $(printf %0999d 0) | head -c 40000000; echo the end"]
    )
    assert status == 0 and text.endswith("the end\n")
    assert len(text) < 17_000_000


def test_a_log_that_takes_too_long_is_truncated(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ephemeral, "LOG_SECONDS", 0)
    assert container.output(client, base(client), ["echo", "well"]) == (
        0,
        "[truncated: the last 5 bytes]\nwell\n",
    )


def test_a_truncated_log_says_so(client: docker.DockerClient) -> None:
    with ephemeral.created(client, base(client), ["sh", "-c", "seq 1 100000; seq 1 9 >&2"]) as made:
        made.start()
        ephemeral.exit_status(made, 60)
        whole, end = ephemeral.log_of(made, "all"), ephemeral.log_of(made, "all", 100)
    assert set(whole.split()) >= {"1", "50000", "100000"} and len(whole) > 500_000
    first, *lines = end.splitlines()
    assert first == f"[truncated: the last {len(end) - len(first) - 1} bytes]"
    assert set(lines) <= {str(number) for number in range(1, 100_001)}, "whole lines only"
    assert 80 < len(end) - len(first) - 1 <= 100


def test_a_missing_image_and_a_missing_program_differ(client: docker.DockerClient) -> None:
    with pytest.raises(WorkbookError, match="no such image"):
        container.run(client, "dockerfile-workbook/was-never-built")
    with pytest.raises(ContainerError, match="could not be started") as caught:
        container.run(client, base(client), command=("no-such-program",))
    assert "CMD" in caught.value.hint


def test_an_interrupt_leaves_no_container(client: docker.DockerClient) -> None:
    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        serve(client, {"DELAY": "60"}, on_progress=interrupt)


@pytest.mark.parametrize(("helper", "published"), [(False, {"127.0.0.1"}), (True, set())])
def test_the_port_is_on_loopback_only(client: docker.DockerClient, helper: bool, published: set[str]) -> None:
    bound: list[str] = []

    def record(_: Progress) -> None:
        for each in client.api.containers(filters={"label": LABEL}):
            bound.extend(port["IP"] for port in each["Ports"] if port["PrivatePort"] == 8123 and "IP" in port)

    serve(client, {"DELAY": "1", "PORT": "8123"}, port=8123, on_progress=record, helper=helper)
    assert set(bound) == published


def test_with_a_helper_the_results_are_the_same(client: docker.DockerClient) -> None:
    """With the same image: the response, the process, the shutdown, and the helper's clock."""
    options: dict[str, Any] = {"process": True, "shutdown": True, "slow_path": "/slow"}
    here, there = (serve(client, {"DELAY": "2", "GRACEFUL": "1"}, helper=helper, **options) for helper in (False, True))
    assert (there.health.status, there.health.body, there.process) == (200, "ok", here.process)
    assert there.shutdown is not None and (there.shutdown.exit_code, there.shutdown.request_finished) == (0, True)
    assert all(2 < run.health.seconds_to_healthy < 4 for run in (here, there))
    assert here.notes == () and there.notes == (reach.HelperProbe.note,)


def test_with_a_helper_a_dropped_request_is_detected(client: docker.DockerClient) -> None:
    ended = serve(client, helper=True, shutdown=True, slow_path="/slow").shutdown
    assert ended is not None and (ended.exit_code, ended.request_finished) == (2, False)


def test_with_a_helper_a_server_on_loopback_only_is_diagnosed(client: docker.DockerClient) -> None:
    with pytest.raises(NeverHealthy) as caught:
        serve(client, {"HOST": "127.0.0.1"}, timeout=3, helper=True)
    assert "0.0.0.0:8080" in caught.value.hint


def test_with_a_helper_a_container_that_exits_is_given_up_at_once(client: docker.DockerClient) -> None:
    began = time.monotonic()
    with pytest.raises(ContainerExited, match="the cause"):
        container.run(client, base(client), command=("sh", "-c", "sleep 1; echo the cause; exit 7"), helper=True)
    assert time.monotonic() - began < 20


def test_a_failing_helper_is_an_error(
    client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "ask.pl"
    broken.write_text("die 'no such module'")
    monkeypatch.setattr(reach, "SCRIPT", broken)
    with pytest.raises(ContainerError, match=r"helper container .* exited: no such module"):
        serve(client, helper=True)


def test_a_command_returns_its_output_and_status(client: docker.DockerClient) -> None:
    status, text = container.output(
        client, base(client), ["sh", "-c", "echo $WHO; echo bad >&2; exit 4"], environment={"WHO": "me"}
    )
    assert status == 4 and sorted(text.split()) == ["bad", "me"]


def test_a_command_that_is_not_in_the_image_has_the_status_of_a_shell(client: docker.DockerClient) -> None:
    assert container.output(client, base(client), ["no-such-program"])[0] == 127
    assert container.output(client, base(client), ["/etc/passwd"])[0] == 126


def test_an_endless_command_is_stopped(client: docker.DockerClient) -> None:
    with pytest.raises(ContainerError, match="did not finish within 1 s"):
        container.output(client, base(client), ["sleep", "60"], timeout=1)


def test_the_options_for_the_sdk_label_and_limit_a_container(client: docker.DockerClient) -> None:
    options = ephemeral.ours(client)
    with ephemeral.created(client, base(client), COMMAND, **options) as started:
        host = started.attrs["HostConfig"]
        assert started.labels[LABEL] == "1"
        assert (host["Memory"], host["PidsLimit"]) == (2 << 30, ephemeral.PROCESSES)
        assert host["SecurityOpt"] == [ephemeral.NO_NEW_PRIVILEGES] and host["LogConfig"]["Config"]["max-file"] == "2"
        assert host["NetworkMode"] == isolated(client).id

"""How much memory a running container holds, as the engine reads it from the container's control group."""

from typing import Any, cast

from docker import DockerClient
from docker.models.containers import Container
from docker.utils import version_gte

_ONE_READING = "1.41"  # the API from which the engine does not wait a second for a second reading


def memory_of(client: DockerClient, container: Container) -> int | None:
    """Bytes that the container uses, file pages that can be dropped left out; None where the engine cannot tell.

    Counted as the `docker stats` command does (docker/cli: cli/command/container/stats_helpers.go).
    """
    once = version_gte(client.api.api_version, _ONE_READING) or None
    return parse(cast(dict[str, Any], container.stats(stream=False, one_shot=once)))


def parse(answer: dict[str, Any]) -> int | None:
    """The bytes in an answer of `GET /containers/<id>/stats`."""
    memory = answer.get("memory_stats") or {}
    details = memory.get("stats") or {}
    usage: int | None = memory.get("usage")
    if usage is None:  # no memory controller, as in some rootless engines
        return None
    droppable: int = details.get("total_inactive_file", details.get("inactive_file", 0))  # control groups 1, and 2
    return usage - droppable if droppable < usage else usage

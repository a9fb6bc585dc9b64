"""The memory use of a running container, which the engine reads from the container's control group."""

from typing import Any, cast

from docker import DockerClient
from docker.models.containers import Container
from docker.utils import version_gte

_ONE_SHOT = "1.41"  # API version that added one-shot: the engine doesn't wait a second for a second sample


def memory_of(client: DockerClient, container: Container) -> int | None:
    """Bytes that the container uses, without reclaimable file pages; None if the engine doesn't report memory.

    Calculated like `docker stats` (docker/cli: cli/command/container/stats_helpers.go).
    """
    once = version_gte(client.api.api_version, _ONE_SHOT) or None
    return parse(cast(dict[str, Any], container.stats(stream=False, one_shot=once)))


def parse(answer: dict[str, Any]) -> int | None:
    """The bytes from a response of `GET /containers/<id>/stats`."""
    memory = answer.get("memory_stats") or {}
    details = memory.get("stats") or {}
    usage: int | None = memory.get("usage")
    if usage is None:  # no memory controller, as in some rootless engines
        return None
    reclaimable: int = details.get("total_inactive_file", details.get("inactive_file", 0))  # cgroup v1, v2
    return usage - reclaimable if reclaimable < usage else usage

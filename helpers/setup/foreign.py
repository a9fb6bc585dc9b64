"""What an engine is doing that is not the course's: whoever would stop it asks first."""

from typing import Any

from helpers.setup import ping

_LABEL = "dockerfile-workbook"  # on every container of the course
_AT_WORK = {"running", "paused", "restarting"}
_SECONDS = 60.0  # an engine before 23 ignores `type` and looks through all its images for the answer


def work(host: str) -> list[str] | None:
    """The containers and the builds at the address that are not ours, by their names; None where it cannot be told.

    A build shows in its cache records: BuildKit keeps those in use that it reads and writes, and lets go of them at
    its end (seen on 20.10.24). The classic builder runs each step in a container. A build of ours counts as foreign.
    """
    answer = ping.ask(host, "/system/df?type=container&type=build-cache", _SECONDS)
    if "Containers" not in answer or "BuildCache" not in answer:
        return None
    names = [f"the container {_name(each)}" for each in answer["Containers"] or () if _is_foreign(each)]
    building = any(record.get("InUse") for record in answer["BuildCache"] or ())
    return [*sorted(names), *(["a build"] if building else [])]


def _is_foreign(container: dict[str, Any]) -> bool:
    return container.get("State") in _AT_WORK and _LABEL not in (container.get("Labels") or {})


def _name(container: dict[str, Any]) -> str:
    names = container.get("Names") or [str(container.get("Id"))[:12]]
    return str(names[0]).lstrip("/")

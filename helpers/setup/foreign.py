"""Finds an engine's containers and builds that are not the course's, so that `clean` does not stop it under them."""

from typing import Any

from helpers.setup import ping

_LABEL = "dockerfile-workbook"  # on every container of the course
_ACTIVE = {"running", "paused", "restarting"}
_SECONDS = 60.0  # an engine before 23 ignores `type` and measures all its images first


def work(host: str) -> list[str] | None:
    """The containers and builds at the address that are not the course's, by name; None if the engine doesn't say.

    BuildKit marks the cache records that a build reads and writes as in use until the build ends (seen on 20.10.24).
    The classic builder runs each step in a container. A build of the course counts as foreign too.
    """
    answer = ping.ask(host, "/system/df?type=container&type=build-cache", _SECONDS)
    if "Containers" not in answer or "BuildCache" not in answer:
        return None
    names = [f"the container {_name(each)}" for each in answer["Containers"] or () if _is_foreign(each)]
    building = any(record.get("InUse") for record in answer["BuildCache"] or ())
    return [*sorted(names), *(["a build"] if building else [])]


def _is_foreign(container: dict[str, Any]) -> bool:
    return container.get("State") in _ACTIVE and _LABEL not in (container.get("Labels") or {})


def _name(container: dict[str, Any]) -> str:
    names = container.get("Names") or [str(container.get("Id"))[:12]]
    return str(names[0]).lstrip("/")

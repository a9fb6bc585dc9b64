"""What was found as one JSON document: every single figure, and on what they were taken."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

import docker

from benchmarks.result import Result
from benchmarks.workplace import command, dive
from helpers.course.machine import this_machine
from helpers.course.sharing import shared
from helpers.engine import base_images
from helpers.engine.connection import describe

SCHEMA = 1
Json = dict[str, Any]
_PACKAGES = ("docker", "grpclib", "h2", "protobuf")


def surroundings(client: docker.DockerClient, docker_command: str) -> Json:
    """The machine, the engine and the versions of what takes part."""
    return {
        "machine": asdict(this_machine()),
        "engine": asdict(describe(client)),
        "base_images": [asdict(image) for image in base_images.present(client)],
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
            "docker_command": command([docker_command, "--version"]).strip(),
            "dive": command([found, "--version"]).strip() if (found := dive()) else None,
        },
    }


def document(results: Sequence[Result], around: Json) -> Json:
    """All of it as plain JSON values; what was not measured is None."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"schema": SCHEMA, "measured_at": now, **around, "benchmarks": [_entry(each) for each in results]}


def dumps(results: Sequence[Result], around: Json) -> str:
    """The document as text, as others may see it."""
    return json.dumps(shared(document(results, around)), indent=2, ensure_ascii=False) + "\n"


def _entry(result: Result) -> Json:
    ours, theirs = result.medians
    return {
        "subject": result.subject,
        "name": result.name,
        "unit": result.unit,
        "against": result.against or None,
        "n": len(result.ours),
        "ours": list(result.ours) or None,
        "theirs": list(result.theirs) or None,
        "median_ours": ours,
        "median_theirs": theirs,
        "ratio": result.ratio,
        "spread": list(result.spread) if result.spread else None,
        "limit": result.limit,
        "holds": result.holds,
        "not_measured": result.missing or None,
    }

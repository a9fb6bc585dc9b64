"""The results as one JSON document: every single measurement, the machine and the versions."""

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
from helpers import standins
from helpers.course.machine import this_machine
from helpers.engine.connection import describe
from helpers.measure.privacy import shared

SCHEMA = 1
Json = dict[str, Any]
_PACKAGES = ("docker", "grpclib", "h2", "protobuf")


def environment(client: docker.DockerClient, docker_command: str) -> Json:
    """The machine, the engine, the base images and the versions of the tools."""
    return {
        "machine": asdict(this_machine()),
        "engine": asdict(describe(client)),
        "base_images": [asdict(image) for image in standins.present(client)],
        "versions": {
            "python": platform.python_version(),
            **{name: metadata.version(name) for name in _PACKAGES},
            "docker_command": command([docker_command, "--version"]).strip(),
            "dive": command([found, "--version"]).strip() if (found := dive()) else None,
        },
    }


def document(results: Sequence[Result], measured_on: Json) -> Json:
    """The document as plain JSON values; None marks what was not measured."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"schema": SCHEMA, "measured_at": now, **measured_on, "benchmarks": [_entry(each) for each in results]}


def dumps(results: Sequence[Result], measured_on: Json) -> str:
    """The document as text, without private data."""
    return json.dumps(shared(document(results, measured_on)), indent=2, ensure_ascii=False) + "\n"


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
        "holds": result.limit_met,
        "not_measured": result.missing or None,
    }

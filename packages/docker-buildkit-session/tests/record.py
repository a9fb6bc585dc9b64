"""Records what an engine answers to builds: `python tests/record.py NAME` with a name like 26.1-containerd.

It writes recorded/NAME-SCENARIO.jsonl for each scenario below, with the engine that `docker` reaches.
"""

import json
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import docker
from buildkit_session import Event, build
from buildkit_session._answer import Answer
from conftest import root_filesystem

BASE = "recorded/base:1"
DOCKERFILE = f"""\
FROM {BASE} AS build
WORKDIR /app
COPY go.mod ./
RUN echo 'go: downloading example.com/a v1.0.0' && echo 'go: downloading example.com/b v2.0.0' && sleep 0.3
COPY . .
RUN echo compiled > /program
FROM scratch
COPY --from=build /program /program
"""
FILES = {"go.mod": "module example.com/app\n", "main.go": "package main\n"}
SCENARIOS = {
    "cold": (DOCKERFILE, FILES, True),
    "source-edit": (DOCKERFILE, {**FILES, "main.go": f"package main // {uuid.uuid4().hex}\n"}, False),
    "failing-run": (DOCKERFILE.replace("echo compiled", "echo about to fail && false && echo compiled"), FILES, False),
    "missing-file": (DOCKERFILE.replace("COPY go.mod", "COPY go.mod nothing.txt"), FILES, False),
    "unknown-instruction": (f"{DOCKERFILE}LABLE a=b\n", FILES, False),
    "warning": (DOCKERFILE.replace("&& sleep 0.3", "\\\n\n  && sleep 0.3"), FILES, True),
}


@contextmanager
def recorded() -> Iterator[list[Mapping[str, Any]]]:
    """The messages of the answers that are read meanwhile."""
    messages: list[Mapping[str, Any]] = []
    add = Answer.add

    def keep(answer: Answer, message: Mapping[str, Any]) -> list[Event]:
        messages.append(message)
        return add(answer, message)

    with mock.patch.object(Answer, "add", keep):
        yield messages


def record(client: docker.DockerClient, name: str) -> None:
    """Builds each scenario, and writes the messages of the answer down."""
    for scenario, (dockerfile, files, no_cache) in SCENARIOS.items():
        with recorded() as messages:
            result = build(client, files, dockerfile, no_cache=no_cache)
        lines = "".join(f"{json.dumps(message)}\n" for message in messages)
        (Path(__file__).parent / f"recorded/{name}-{scenario}.jsonl").write_text(lines)
        print(scenario, result.image_id or result.error, [warning.text for warning in result.warnings])


if __name__ == "__main__":
    engine = docker.from_env(timeout=120)
    engine.api.import_image_from_data(root_filesystem(), *BASE.split(":"))
    record(engine, sys.argv[1])
